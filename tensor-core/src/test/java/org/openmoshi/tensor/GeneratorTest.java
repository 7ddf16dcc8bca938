package org.openmoshi.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openmoshi.tensor.testing.LeakExtension;

@ExtendWith(LeakExtension.class)
class GeneratorTest {
    private static final int N = 100_000;

    @Test
    void momentsAreThoseOfTheDistributions() {
        Generator random = new Generator(42);
        try (Scope _ = Scope.open()) {
            double[] uniform = random.uniform(DType.F32, -1, 3, N).toDoubles();
            assertThat(mean(uniform)).isCloseTo(1, within(0.02));
            assertThat(variance(uniform)).isCloseTo(16 / 12.0, within(0.02));
            assertThat(Arrays.stream(uniform)).allMatch(x -> x >= -1 && x < 3);
            double[] normal = random.normal(DType.F64, 2, 0.5, N).toDoubles();
            assertThat(mean(normal)).isCloseTo(2, within(0.01));
            assertThat(variance(normal)).isCloseTo(0.25, within(0.005));
            double[] truncated = random.truncatedNormal(DType.F32, 1, 10, N).toDoubles();
            assertThat(mean(truncated)).isCloseTo(1, within(0.15));
            // variance of a normal cut at 2 standard deviations: 1 - 2 * 2 phi(2) / (Phi(2) - Phi(-2))
            assertThat(variance(truncated)).isCloseTo(77.4, within(1.0));
            assertThat(Arrays.stream(truncated)).allMatch(x -> x >= -19 && x <= 21);
        }
    }

    @Test
    void neighboursAreUncorrelated() {
        try (Scope _ = Scope.open()) {
            double[] x = new Generator(7).normal(DType.F64, 0, 1, N).toDoubles();
            for (int lag = 1; lag <= 8; lag++) {
                double sum = 0;
                for (int i = lag; i < N; i++) {
                    sum += x[i] * x[i - lag];
                }
                assertThat(sum / N).as("lag %d", lag).isCloseTo(0, within(0.015));
            }
        }
    }

    @Test
    void anElementDependsOnItsPositionOnly() {
        Backend backend = Backends.defaultBackend();
        for (ComputeOp.Distribution distribution : ComputeOp.Distribution.values()) {
            try (Scope _ = Scope.open()) {
                Tensor whole = Engine.create(
                        backend, new ComputeOp.Random(distribution, DType.F32, Shape.of(64), 9, 100, 0, 1));
                Tensor part = Engine.create(
                        backend, new ComputeOp.Random(distribution, DType.F32, Shape.of(3, 5), 9, 113, 0, 1));
                assertThat(part.toFloats())
                        .containsExactly(whole.slice(0, 13, 28).toFloats());
            }
        }
    }

    @Test
    void aRestoredGeneratorContinues() {
        Generator random = new Generator(3);
        try (Scope _ = Scope.open()) {
            random.uniform(DType.F32, 0, 1, 7);
            random.nextLong();
            Generator copy = new Generator(random.seed(), random.offset());
            assertThat(copy.normal(DType.F32, 0, 1, 5).toFloats())
                    .containsExactly(random.normal(DType.F32, 0, 1, 5).toFloats());
            assertThat(copy.nextDouble()).isEqualTo(random.nextDouble());
            assertThat(copy.permutation(20)).containsExactly(random.permutation(20));
        }
        assertThatThrownBy(() -> random.restore(1, 3)).hasMessageContaining("multiple of 4");
        assertThatThrownBy(() -> random.nextLong(0)).hasMessageContaining("must be positive");
    }

    @Test
    void seedsAndDrawsDiffer() {
        try (Scope _ = Scope.open()) {
            Generator random = new Generator(3);
            float[] first = random.uniform(DType.F32, 0, 1, 5).toFloats();
            assertThat(random.uniform(DType.F32, 0, 1, 5).toFloats()).doesNotContain(first);
            assertThat(new Generator(4).uniform(DType.F32, 0, 1, 5).toFloats()).doesNotContain(first);
        }
    }

    @Test
    void permutationsHoldEveryNumberAndReachEveryOrder() {
        Generator random = new Generator(5);
        long[] order = random.permutation(1000);
        assertThat(order).isNotEqualTo(sorted(order));
        assertThat(sorted(order)).isEqualTo(sorted(new Generator(1).permutation(1000)));
        assertThat(random.permutation(0)).isEmpty();
        int[] counts = new int[6];
        for (int i = 0; i < 6000; i++) {
            long[] three = random.permutation(3);
            counts[(int) (three[0] * 2 + (three[1] > three[2] ? 1 : 0))]++;
        }
        assertThat(Arrays.stream(counts)).allMatch(count -> count > 850 && count < 1150);
    }

    private static long[] sorted(long[] values) {
        long[] copy = values.clone();
        Arrays.sort(copy);
        return copy;
    }

    private static double mean(double[] x) {
        return Arrays.stream(x).average().orElseThrow();
    }

    private static double variance(double[] x) {
        double mean = mean(x);
        return Arrays.stream(x).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
    }
}
