package org.openmoshi.tensor.cpu;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;
import org.openmoshi.tensor.CachingAllocator;

/**
 * Aligned memory from the C library's {@code malloc}. Malloc rather than an {@link java.lang.foreign.Arena} per block:
 * closing a shared arena stalls every thread, and arenas clear what they hand out.
 */
@SuppressWarnings("restricted") // malloc and free are what this class is for
final class CpuMemory implements CachingAllocator.Source {
    private static final long ALIGNMENT = 64;
    private static final MethodHandle MALLOC;
    private static final MethodHandle FREE;

    static {
        Linker linker = Linker.nativeLinker();
        MALLOC = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("malloc"),
                FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));
        FREE = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("free"), FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));
    }

    /** The block starts at the first aligned address that leaves room before it for malloc's own pointer. */
    @Override
    public @Nullable MemorySegment allocate(long bytes) {
        MemorySegment raw;
        try {
            raw = (MemorySegment) MALLOC.invokeExact(bytes + 2 * ALIGNMENT);
        } catch (Throwable e) {
            throw new IllegalStateException("malloc could not be called", e);
        }
        if (raw.address() == 0) {
            return null;
        }
        long address = (raw.address() + 2 * ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        pointerBefore(address).set(ValueLayout.JAVA_LONG, 0, raw.address());
        return MemorySegment.ofAddress(address).reinterpret(bytes);
    }

    @Override
    public void release(MemorySegment block) {
        long raw = pointerBefore(block.address()).get(ValueLayout.JAVA_LONG, 0);
        try {
            FREE.invokeExact(MemorySegment.ofAddress(raw));
        } catch (Throwable e) {
            throw new IllegalStateException("free could not be called", e);
        }
    }

    private static MemorySegment pointerBefore(long address) {
        return MemorySegment.ofAddress(address - Long.BYTES).reinterpret(Long.BYTES);
    }
}
