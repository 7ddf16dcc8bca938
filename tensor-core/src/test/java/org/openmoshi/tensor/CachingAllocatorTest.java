package org.openmoshi.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CachingAllocatorTest {
    private final Room room = new Room(1 << 20);
    private final CachingAllocator memory = new CachingAllocator("test", room);

    @Test
    void freedBlocksWaitForTheNextRequestOfTheirSizeUntilTrimmed() {
        MemorySegment first = memory.allocate(1000);
        assertThat(memory.heldBytes()).isEqualTo(1024);
        memory.free(first);
        assertThat(memory.heldBytes()).isEqualTo(1024);
        assertThat(memory.allocate(1024).address()).isEqualTo(first.address());
        MemorySegment second = memory.allocate(1024);
        assertThat(second.address()).isNotEqualTo(first.address());
        memory.free(second);
        memory.trim();
        assertThat(memory.heldBytes()).isEqualTo(1024);
        memory.free(first);
        memory.trim();
        assertThat(memory.heldBytes()).isZero();
        assertThat(room.given).isEmpty();
    }

    @Test
    void aFullSourceGetsTheCacheBackAndIsAskedAgain() {
        memory.free(memory.allocate(1 << 19));
        memory.free(memory.allocate(1 << 18));
        MemorySegment all = memory.allocate(1 << 20);
        assertThat(all.byteSize()).isEqualTo(1 << 20);
        assertThatThrownBy(() -> memory.allocate(64))
                .isInstanceOf(OutOfMemoryError.class)
                .hasMessageContaining("no 64 bytes of test memory left");
        memory.free(all);
        assertThat(memory.allocate(64).byteSize()).isEqualTo(64);
    }

    @Test
    void capacitiesWasteAtMostAQuarter() {
        for (long bytes = 1; bytes < 1 << 20; bytes += 997) {
            long capacity = CachingAllocator.capacity(bytes);
            assertThat(capacity % 64).isZero();
            assertThat(capacity).isBetween(bytes, Math.max(bytes + bytes / 4 + 64, 64));
            assertThat(CachingAllocator.capacity(capacity)).isEqualTo(capacity);
        }
    }

    /** Hands out addresses until it is full. */
    private static final class Room implements CachingAllocator.Source {
        private final Set<Long> given = new HashSet<>();
        private long left;
        private long next = 64;

        Room(long bytes) {
            left = bytes;
        }

        @Override
        @SuppressWarnings("restricted") // nobody reads these bytes
        public @Nullable MemorySegment allocate(long bytes) {
            if (bytes > left) {
                return null;
            }
            left -= bytes;
            next += bytes;
            given.add(next);
            return MemorySegment.ofAddress(next).reinterpret(bytes);
        }

        @Override
        public void release(MemorySegment block) {
            assertThat(given.remove(block.address())).isTrue();
            left += block.byteSize();
        }
    }
}
