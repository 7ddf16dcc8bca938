package org.openmoshi.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class CpuMemoryTest {
    @Test
    void freedBlocksWaitForTheNextRequestOfTheirSizeUntilTrimmed() {
        CpuMemory memory = new CpuMemory();
        MemorySegment first = memory.allocate(1000);
        assertThat(memory.systemBytes()).isEqualTo(1024);
        memory.free(first);
        assertThat(memory.systemBytes()).isEqualTo(1024);
        assertThat(memory.allocate(1024).address()).isEqualTo(first.address());
        MemorySegment second = memory.allocate(1024);
        assertThat(second.address()).isNotEqualTo(first.address());
        memory.free(second);
        memory.trim();
        assertThat(memory.systemBytes()).isEqualTo(1024);
        memory.free(first);
        memory.trim();
        assertThat(memory.systemBytes()).isZero();
    }

    @Test
    void capacitiesWasteAtMostAQuarter() {
        for (long bytes = 1; bytes < 1 << 20; bytes += 997) {
            long capacity = CpuMemory.capacity(bytes);
            assertThat(capacity % 64).isZero();
            assertThat(capacity).isBetween(bytes, Math.max(bytes + bytes / 4 + 64, 64));
            assertThat(CpuMemory.capacity(capacity)).isEqualTo(capacity);
        }
    }
}
