package org.openmoshi.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openmoshi.tensor.testing.LeakExtension;

@ExtendWith(LeakExtension.class)
class FunctionsTest {
    private static final Offset<Double> CLOSE = within(1e-12);

    @Test
    void theTransformOfACosineIsItsLine() {
        try (Scope _ = Scope.open()) {
            for (int n : new int[] {16, 12, 2}) {
                double[] x = new double[2 * n];
                int line = n / 4;
                for (int i = 0; i < n; i++) {
                    x[i] = Math.cos(2 * Math.PI * line * i / n);
                    x[n + i] = 3;
                }
                Tensor spectrum = Functions.rfft(Tensor.of(x, 2, n));
                assertThat(spectrum.shape()).isEqualTo(Shape.of(2, 2, n / 2 + 1));
                double[] y = spectrum.toDoubles();
                int bins = n / 2 + 1;
                for (int k = 0; k < bins; k++) {
                    double height = line == 0 ? n : n / 2.0;
                    assertThat(y[k]).isCloseTo(k == line ? height : 0, CLOSE);
                    assertThat(y[bins + k]).isCloseTo(0, CLOSE);
                    assertThat(y[2 * bins + k]).isCloseTo(k == 0 ? 3 * n : 0, CLOSE);
                }
            }
        }
    }

    @Test
    void theFastTransformIsTheSumItself() {
        int n = 64;
        try (Scope _ = Scope.open()) {
            Tensor x = new Generator(1).normal(DType.F64, 0, 1, n);
            double[] values = x.toDoubles();
            double[] y = Functions.rfft(x).toDoubles();
            for (int k = 0; k <= n / 2; k++) {
                double re = 0;
                double im = 0;
                for (int i = 0; i < n; i++) {
                    re += values[i] * Math.cos(2 * Math.PI * k * i / n);
                    im -= values[i] * Math.sin(2 * Math.PI * k * i / n);
                }
                assertThat(y[k]).isCloseTo(re, CLOSE);
                assertThat(y[n / 2 + 1 + k]).isCloseTo(im, CLOSE);
            }
        }
    }

    @Test
    void framesAreWindowedInTheirMiddle() {
        try (Scope _ = Scope.open()) {
            Tensor x = Tensor.of(new double[] {1, 2, 3, 4, 5, 6, 7, 8}, 1, 8);
            Tensor window = Tensor.of(new double[] {10, 1}, 2);
            Tensor y = Functions.stft(x, window, 4, 2);
            assertThat(y.shape()).isEqualTo(Shape.of(1, 2, 3, 3));
            // the sum of a frame's windowed samples: 10 x[1] + x[2] of each
            assertThat(y.slice(1, 0, 1).select(-1, 0).toDoubles()).containsExactly(23, 45, 67);
        }
    }

    @Test
    void hannWindows() {
        try (Scope _ = Scope.open()) {
            assertClose(Functions.hannWindow(DType.F64, 4, true), 0, 0.5, 1, 0.5);
            assertClose(Functions.hannWindow(DType.F64, 5, false), 0, 0.5, 1, 0.5, 0);
            assertClose(Functions.hannWindow(DType.F32, 1, true), 1);
        }
    }

    /** Corners of 0, 700 and 2100 Hz and so on are equally spaced where 2595 log10(1 + f / 700) is. */
    @Test
    void melFiltersAreTrianglesBetweenTheirNeighbours() {
        try (Scope _ = Scope.open()) {
            // edges at 0, 700 and 2100 Hz: 1 + f / 700 is 1, 2, 4
            Tensor one = MelFilterBank.create(DType.F64, 4200, 12, 1, 0, 2100);
            assertThat(one.shape()).isEqualTo(Shape.of(7, 1));
            assertClose(one, 0, 0.5, 1, 0.75, 0.5, 0.25, 0);
            Tensor many = MelFilterBank.create(DType.F32, 24000, 1024, 20, 64, 12000);
            double[] peaks = many.max(0).toDoubles();
            assertThat(java.util.Arrays.stream(peaks)).allMatch(peak -> peak > 0.5 && peak <= 1);
            assertThat(many.slice(0, 0, 2).sum().item()).isZero(); // below 64 Hz
        }
        assertThatThrownBy(() -> MelFilterBank.create(DType.F32, 8000, 64, 4, 0, 5000))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("4000.0");
    }

    @Test
    void crossEntropyIsTheWeightedNegativeLogSoftmax() {
        try (Scope _ = Scope.open()) {
            Tensor logits = Tensor.of(new double[] {0, Math.log(3), 5, 5}, 2, 2);
            Tensor targets = Tensor.of(new long[] {1, -1}, 2);
            Tensor weights = Tensor.of(new double[] {2, 7}, 2);
            assertClose(Functions.crossEntropy(logits, targets, null), Math.log(4.0 / 3), 0);
            assertClose(Functions.crossEntropy(logits, targets, weights), 2 * Math.log(4.0 / 3), 0);
            assertClose(Functions.softmax(logits, -1), 0.25, 0.75, 0.5, 0.5);
            assertClose(Functions.logSoftmax(logits, 0).exp().sum(0), 1, 1);
        }
    }

    @Test
    void rotationsAreUndoneByTheirInverse() {
        try (Scope _ = Scope.open()) {
            Tensor x = new Generator(2).normal(DType.F64, 0, 1, 1, 2, 3, 4);
            Tensor y = Functions.rope(x, 100, 5);
            Tensor back = Engine.run(new ComputeOp.Rope(100, 5, true), y);
            assertThat(back.sub(x).norm().item()).isCloseTo(0, CLOSE);
            // the second pair turns by (5 + t) / 10
            Tensor unit = Tensor.of(new double[] {0, 0, 1, 0, 0, 0, 1, 0}, 1, 1, 2, 4);
            assertClose(
                    Functions.rope(unit, 100, 5),
                    0,
                    0,
                    Math.cos(0.5),
                    Math.sin(0.5),
                    0,
                    0,
                    Math.cos(0.6),
                    Math.sin(0.6));
        }
    }

    private static void assertClose(Tensor actual, double... expected) {
        assertThat(actual.toDoubles()).containsExactly(expected, CLOSE);
    }
}
