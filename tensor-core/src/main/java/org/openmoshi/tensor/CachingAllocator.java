package org.openmoshi.tensor;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Keeps freed blocks in lists by size and hands them out again. Sizes are rounded up to one of four steps per power of
 * two: a training step, which repeats the same sizes, reaches the system or the driver only once.
 *
 * <p>With {@code -Dopenmoshi.memory.exact=true} it does neither: every block has exactly the size that was asked for and
 * goes back at once. This is for tools that watch accesses to memory, which see an overrun and a use after free only
 * then.
 */
public final class CachingAllocator {
    private static final long ALIGNMENT = 64;

    /** Where blocks come from. */
    public interface Source {
        /** A block of the size, 64-byte aligned, or null when there is no room. */
        @Nullable MemorySegment allocate(long bytes);

        /** Takes a block back. */
        void release(MemorySegment block);
    }

    private final String what;
    private final Source source;
    private final ArrayDeque<MemorySegment>[] cache = lists();
    private final boolean exact;
    private long heldBytes;

    /**
     * An allocator over a source.
     *
     * @param what the kind of memory, for the message when there is no more
     */
    public CachingAllocator(String what, Source source) {
        this(what, source, Boolean.getBoolean("openmoshi.memory.exact"));
    }

    private CachingAllocator(String what, Source source, boolean exact) {
        this.what = what;
        this.source = source;
        this.exact = exact;
    }

    /** An allocator that keeps its blocks in any case: their addresses are used again. */
    public static CachingAllocator keeping(String what, Source source) {
        return new CachingAllocator(what, source, false);
    }

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
     * @throws OutOfMemoryError with a list of what is live when the source has no more, even after the cache was freed
     */
    public synchronized MemorySegment allocate(long bytes) {
        long capacity = exact ? Math.max(bytes, 1) : capacity(bytes);
        MemorySegment block = exact ? null : cache[list(capacity)].pollLast();
        if (block != null) {
            return block;
        }
        block = source.allocate(capacity);
        if (block == null) {
            trim();
            block = source.allocate(capacity);
        }
        if (block == null) {
            throw new OutOfMemoryError(
                    "no " + capacity + " bytes of " + what + " memory left; live: " + Memory.report());
        }
        heldBytes += capacity;
        return block;
    }

    /** Takes a block back into the cache. */
    public synchronized void free(MemorySegment block) {
        if (exact) {
            heldBytes -= block.byteSize();
            source.release(block);
            return;
        }
        cache[list(block.byteSize())].addLast(block);
    }

    /** Gives every cached block back to the source. */
    public synchronized void trim() {
        for (ArrayDeque<MemorySegment> blocks : cache) {
            for (MemorySegment block : blocks) {
                heldBytes -= block.byteSize();
                source.release(block);
            }
            blocks.clear();
        }
    }

    /** Bytes held from the source, cached ones included. */
    public synchronized long heldBytes() {
        return heldBytes;
    }
}
