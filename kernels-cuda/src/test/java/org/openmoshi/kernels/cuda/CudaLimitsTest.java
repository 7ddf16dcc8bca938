package org.openmoshi.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.openmoshi.tensor.DType;

class CudaLimitsTest {
    @Test
    void thoseOfAnH100AreOnItsDataSheet() {
        CudaLimits h100 = new CudaLimits(90, 132, 1_980_000, 2_619_000, 5120);
        assertThat(h100.flops(DType.F32)).isCloseTo(67e12, within(0.1e12));
        assertThat(h100.flops(DType.F64)).isCloseTo(34e12, within(0.6e12));
        assertThat(h100.bandwidth()).isCloseTo(3.35e12, within(0.01e12));
    }

    @Test
    void whatIsNotKnownIsNaN() {
        assertThat(new CudaLimits(999, 132, 1_980_000, 2_619_000, 5120).flops(DType.F32))
                .isNaN();
        assertThat(new CudaLimits(90, 132, 1_980_000, 0, 5120).bandwidth()).isNaN();
        assertThat(new CudaLimits(90, 132, 1_980_000, 2_619_000, 5120).flops(DType.I64))
                .isNaN();
    }
}
