package org.openmoshi.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.testing.LeakExtension;

/** More elements than an int counts. */
@ExtendWith(LeakExtension.class)
class LargeTensorTest {
    private static final long N = (1L << 31) + 12345;

    @AfterAll
    static void giveBack() {
        CpuBackend.trim();
    }

    @Test
    void viewsCountInLongs() {
        try (Scope _ = Scope.open()) {
            Tensor x = Tensor.arange(DType.I64, 7).unsqueeze(1).expand(7, N);
            assertThat(x.size()).isEqualTo(7 * N);
            Tensor corner = x.slice(1, N - 3, N).slice(0, 5, 7);
            assertThat(corner.toLongs()).containsExactly(5, 5, 5, 6, 6, 6);
            assertThat(x.toString()).startsWith("I64[7, " + N + "]").hasSizeLessThan(500);
        }
    }

    @Test
    void elementsBeyondAnIntAreReadAndWritten() {
        var machine = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        assumeThat(machine.getFreeMemorySize())
                .as("free memory for a bool tensor of 2^31 elements")
                .isGreaterThan(2 * N);
        try (Scope _ = Scope.open()) {
            Tensor x = Tensor.zeros(DType.BOOL, N);
            x.slice(0, N - 2, N).fill_(1);
            assertThat(x.slice(0, N - 4, N).toLongs()).containsExactly(0, 0, 1, 1);
            Tensor last = Tensor.of(new long[] {N - 1, N - 3}, 2);
            assertThat(x.indexSelect(0, last).toLongs()).containsExactly(1, 0);
            Tensor sparse = x.slice(0, 1, N, 1L << 20); // strided, its last element far beyond an int
            sparse.fill_(1);
            assertThat(sparse.cast(DType.I64).sum().item()).isEqualTo(sparse.size());
        }
    }
}
