package org.openmoshi.tensor.cpu;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import org.openmoshi.tensor.Memory;

/**
 * Caching allocator over the C library's {@code malloc}. Sizes are rounded up to one of four steps per power of two, and
 * freed blocks wait in a list per size: a training step, which repeats the same sizes, reaches the system only once.
 * Malloc rather than an {@link java.lang.foreign.Arena} per block: closing a shared arena stalls every thread, and
 * arenas clear what they hand out.
 */
@SuppressWarnings("restricted") // malloc and free are what this class is for
final class CpuMemory {
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

    private final ArrayDeque<MemorySegment>[] cache = lists();
    private long systemBytes;

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static ArrayDeque<MemorySegment>[] lists() {
        ArrayDeque<MemorySegment>[] lists = new ArrayDeque[4 * Long.SIZE];
        for (int i = 0; i < lists.length; i++) {
            lists[i] = new ArrayDeque<>(0);
        }
        return lists;
    }

    /** Rounds up to a quarter step of a power of two, at least one cache line. */
    static long capacity(long bytes) {
        if (bytes <= ALIGNMENT) {
            return ALIGNMENT;
        }
        long step = Math.max(Long.highestOneBit(bytes - 1) >>> 2, ALIGNMENT);
        return (bytes + step - 1) / step * step;
    }

    /** The list of a capacity: its power of two and its quarter. */
    private static int list(long capacity) {
        int power = 63 - Long.numberOfLeadingZeros(capacity);
        return 4 * power + (int) ((capacity >>> (power - 2)) & 3);
    }

    /**
     * A block of at least {@code bytes} bytes.
     *
     * @throws OutOfMemoryError with a list of what is live when the system has no more, even after the cache was freed
     */
    synchronized MemorySegment allocate(long bytes) {
        long capacity = capacity(bytes);
        MemorySegment block = cache[list(capacity)].pollLast();
        if (block == null) {
            block = malloc(capacity);
        }
        if (block == null) {
            trim();
            block = malloc(capacity);
        }
        if (block == null) {
            throw new OutOfMemoryError("no " + capacity + " bytes of native memory; live: " + Memory.report());
        }
        return block;
    }

    /** Takes a block back into the cache. */
    synchronized void free(MemorySegment block) {
        cache[list(block.byteSize())].addLast(block);
    }

    /** Gives every cached block back to the system. */
    synchronized void trim() {
        for (ArrayDeque<MemorySegment> blocks : cache) {
            for (MemorySegment block : blocks) {
                systemBytes -= block.byteSize();
                release(block);
            }
            blocks.clear();
        }
    }

    /** Bytes held from the system, cached ones included. */
    synchronized long systemBytes() {
        return systemBytes;
    }

    /** The block starts at the first aligned address that leaves room before it for malloc's own pointer. */
    private @Nullable MemorySegment malloc(long capacity) {
        MemorySegment raw;
        try {
            raw = (MemorySegment) MALLOC.invokeExact(capacity + 2 * ALIGNMENT);
        } catch (Throwable e) {
            throw new IllegalStateException("malloc could not be called", e);
        }
        if (raw.address() == 0) {
            return null;
        }
        systemBytes += capacity;
        long address = (raw.address() + 2 * ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        pointerBefore(address).set(ValueLayout.JAVA_LONG, 0, raw.address());
        return MemorySegment.ofAddress(address).reinterpret(capacity);
    }

    private static void release(MemorySegment block) {
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
