package org.openmoshi.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openmoshi.tensor.testing.LeakExtension;

@ExtendWith(LeakExtension.class)
class TensorPrinterTest {
    @Test
    void smallTensorsAreShownWhole() {
        try (Scope _ = Scope.open()) {
            Tensor x = Tensor.of(new float[] {1, -2.5f, Float.NaN, 1e-7f}, 2, 2);
            assertThat(x).hasToString("F32[2, 2] on cpu\n[[1.0000, -2.5000],\n [NaN, 1.0000e-07]]");
            assertThat(Tensor.of(new long[] {Long.MAX_VALUE, -1}, 2))
                    .hasToString("I64[2] on cpu\n[9223372036854775807, -1]");
            assertThat(Tensor.scalar(3)).hasToString("F32[] on cpu\n3.0000");
            assertThat(Tensor.zeros(DType.F32, 0, 3)).hasToString("F32[0, 3] on cpu (empty)");
        }
    }

    @Test
    void longAxesAreAbbreviatedAndViewsAreShownInTheirOrder() {
        try (Scope _ = Scope.open()) {
            assertThat(Tensor.arange(DType.I64, 1000).toString()).endsWith("\n[0, 1, 2, ..., 997, 998, 999]");
            Tensor x = Tensor.arange(DType.I64, 6).reshape(2, 3).transpose(0, 1);
            assertThat(x.toString()).endsWith("\n[[0, 3],\n [1, 4],\n [2, 5]]");
        }
    }
}
