package org.openmoshi.tensor.device;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The arguments of one launch, packed as a kernel expects them. There are four kinds: a block of memory (its address),
 * {@code i64}, {@code double} and {@code Layout}; all are aligned to 8 bytes, so they lie one after the other. One
 * instance is refilled for every launch.
 */
public final class Arguments {
    /** Axes that a {@code Layout} has room for. */
    public static final int MAX_RANK = 8;

    private static final int LAYOUT_BYTES = (1 + 2 * MAX_RANK) * Long.BYTES;
    private static final int MAX_BYTES = 4096; // what CUDA allows
    private static final int MAX_COUNT = 96;

    private final MemorySegment packed;
    private final boolean[] memory = new boolean[MAX_COUNT];
    private final int[] starts = new int[MAX_COUNT + 1];
    private int count;

    Arguments() {
        this(Arena.global().allocate(MAX_BYTES, Long.BYTES));
    }

    private Arguments(MemorySegment packed) {
        this.packed = packed;
    }

    void clear() {
        count = 0;
    }

    void addMemory(MemorySegment block) {
        memory[count] = true;
        packed.set(ValueLayout.JAVA_LONG, next(Long.BYTES), block.address());
    }

    void addInteger(long value) {
        memory[count] = false;
        packed.set(ValueLayout.JAVA_LONG, next(Long.BYTES), value);
    }

    void addReal(double value) {
        memory[count] = false;
        packed.set(ValueLayout.JAVA_DOUBLE, next(Double.BYTES), value);
    }

    void addLayout(int rank, long[] sizes, long[] strides) {
        memory[count] = false;
        int at = next(LAYOUT_BYTES);
        packed.set(ValueLayout.JAVA_LONG, at, rank);
        for (int i = 0; i < rank; i++) {
            packed.set(ValueLayout.JAVA_LONG, at + (1L + i) * Long.BYTES, sizes[i]);
            packed.set(ValueLayout.JAVA_LONG, at + (1L + MAX_RANK + i) * Long.BYTES, strides[i]);
        }
    }

    private int next(int bytes) {
        int at = starts[count];
        starts[++count] = at + bytes;
        return at;
    }

    /** The same arguments in memory of their own. */
    Arguments copy() {
        Arguments copy = new Arguments(Arena.ofAuto().allocate(Math.max(starts[count], Long.BYTES), Long.BYTES));
        copy.set(this);
        return copy;
    }

    /** Takes over the arguments of another. */
    void set(Arguments other) {
        count = other.count;
        System.arraycopy(other.memory, 0, memory, 0, count);
        System.arraycopy(other.starts, 0, starts, 0, count + 1);
        MemorySegment.copy(other.packed, 0, packed, 0, starts[count]);
    }

    /** Number of arguments. */
    public int count() {
        return count;
    }

    /** True when an argument is a block of memory; its bytes are then the block's address. */
    public boolean isMemory(int argument) {
        return memory[argument];
    }

    /** Where an argument begins in {@link #packed}, in bytes; that of {@link #count()} is the length of all. */
    public int start(int argument) {
        return starts[argument];
    }

    /** The arguments one after the other, in native memory. */
    public MemorySegment packed() {
        return packed;
    }

    /** The address of an argument that is a block. */
    public long address(int argument) {
        return packed.get(ValueLayout.JAVA_LONG, starts[argument]);
    }
}
