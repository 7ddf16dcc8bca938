package org.openmoshi.tensor.device;

import java.lang.foreign.MemorySegment;

/** Arguments for tests that launch kernels without a backend. */
public final class PackedArguments {
    /** A {@code Layout}. */
    public record Axes(long[] sizes, long[] strides) {}

    private PackedArguments() {}

    /** Packs blocks of memory, {@code Long}, {@code Double} and {@link Axes}. */
    public static Arguments of(Object... values) {
        Arguments arguments = new Arguments();
        for (Object value : values) {
            switch (value) {
                case MemorySegment block -> arguments.addMemory(block);
                case Long integer -> arguments.addInteger(integer);
                case Double real -> arguments.addReal(real);
                case Axes axes -> arguments.addLayout(axes.sizes.length, axes.sizes, axes.strides);
                default -> throw new IllegalArgumentException("not an argument of a kernel: " + value);
            }
        }
        return arguments;
    }
}
