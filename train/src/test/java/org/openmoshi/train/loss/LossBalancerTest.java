package org.openmoshi.train.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openmoshi.autograd.Tape;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.testing.LeakExtension;

@ExtendWith(LeakExtension.class)
class LossBalancerTest {
    private static final Map<String, Double> WEIGHTS = Map.of("large", 3.0, "small", 1.0);

    @Test
    void theScaleOfALossDoesNotMatterOnlyItsWeight() {
        assertThat(step(new LossBalancer(WEIGHTS, 0.999), 1e4, 1e-3))
                .containsExactly(step(new LossBalancer(WEIGHTS, 0.999), 1, 1), within(1e-6f));
    }

    @Test
    void eachLossContributesItsShare() {
        // gradients (s, 0) per item of "large" and (0, s) of "small": unit norms after balancing
        float[] gradient = step(new LossBalancer(WEIGHTS, 0.999), 50, 0.2);
        assertThat(gradient).containsExactly(new float[] {0.75f, 0.25f, 0.75f, 0.25f}, within(1e-6f));
    }

    @Test
    void normsAreAveragedOverSteps() {
        LossBalancer balancer = new LossBalancer(Map.of("large", 1.0), 0.5);
        assertThat(large(balancer, 1)).isCloseTo(1, within(1e-6));
        // debiased average of 1 (weight 0.5) and 4 (weight 1)
        assertThat(large(balancer, 4)).isCloseTo(4 / ((0.5 * 1 + 4) / 1.5), within(1e-6));
    }

    @Test
    void aGradientThatIsNotFiniteLeavesTheAverages() {
        LossBalancer balancer = new LossBalancer(Map.of("large", 1.0), 0.5);
        large(balancer, 1);
        assertThat(large(balancer, Double.POSITIVE_INFINITY)).isInfinite();
        assertThat(large(balancer, 1)).isCloseTo(1, within(1e-6));
    }

    @Test
    void aRestoredBalancerContinues() {
        LossBalancer balancer = new LossBalancer(WEIGHTS, 0.9);
        step(balancer, 3, 0.5);
        LossBalancer restored = new LossBalancer(WEIGHTS, 0.9);
        restored.restore(balancer.state());
        assertThat(step(restored, 7, 7)).containsExactly(step(balancer, 7, 7));
    }

    @Test
    void aLossWithoutWeightIsNamed() {
        LossBalancer balancer = new LossBalancer(Map.of("l1", 1.0), 0.9);
        assertThatThrownBy(() -> step(balancer, 1, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no weight for loss '")
                .hasMessageContaining("[l1]");
    }

    @Test
    void theTapeBelowTheOutputStays() {
        try (Scope _ = Scope.open();
                Tape tape = Tape.open()) {
            Tensor x = tape.watch(Tensor.of(new float[] {1, 2}, 1, 2));
            Tensor output = x.mul(10);
            LossBalancer balancer = new LossBalancer(Map.of("l1", 1.0), 0.9);
            Tensor balanced = balancer.balance(tape, Map.of("l1", output.abs().mean()), output);
            tape.backward(new Tensor[] {output}, balanced);
            float[] gradient = Objects.requireNonNull(tape.gradient(x)).toFloats();
            float expected = (float) (10 / Math.sqrt(2)); // (0.5, 0.5) scaled to norm 1, times 10
            assertThat(gradient).containsExactly(new float[] {expected, expected}, within(1e-5f));
        }
    }

    /** The balanced gradient at an output of two items [2, 2] of which each loss sees one column. */
    private static float[] step(LossBalancer balancer, double largeScale, double smallScale) {
        try (Scope _ = Scope.open();
                Tape tape = Tape.open()) {
            Tensor output = tape.watch(Tensor.full(DType.F32, 1, 2, 2));
            Map<String, Tensor> losses = Map.of(
                    "large", output.slice(1, 0, 1).sum().mul(largeScale),
                    "small", output.slice(1, 1, 2).sum().mul(smallScale));
            return balancer.balance(tape, losses, output).toFloats();
        }
    }

    private static double large(LossBalancer balancer, double scale) {
        try (Scope _ = Scope.open();
                Tape tape = Tape.open()) {
            Tensor output = tape.watch(Tensor.full(DType.F32, 1, 1, 1));
            return balancer.balance(tape, Map.of("large", output.sum().mul(scale)), output)
                    .item();
        }
    }
}
