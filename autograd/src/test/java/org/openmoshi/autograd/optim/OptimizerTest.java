package org.openmoshi.autograd.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openmoshi.autograd.Parameter;
import org.openmoshi.autograd.Tape;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.testing.LeakExtension;

@ExtendWith(LeakExtension.class)
class OptimizerTest {
    private static final Schedule CONSTANT = new Schedule.Constant(0);

    @Test
    void sgdWithMomentumFollowsItsFormula() {
        try (Scope _ = Scope.open();
                Parameter w = new Parameter("w", Tensor.of(new float[] {1}, 1));
                Optimizer sgd = new Sgd(List.of(new ParameterGroup("all", List.of(w), 0.1, 0)), 0.5)) {
            w.accumulate(Tensor.of(new float[] {1}, 1));
            sgd.step(CONSTANT, 0); // v = 1, w = 0.9
            sgd.step(CONSTANT, 1, Tensor.full(DType.F64, 2)); // v = 0.5 + 2, w = 0.9 - 0.25
            assertThat(w.value().item()).isCloseTo(0.65, within(1e-6));
        }
    }

    @Test
    void adamMovesByTheLearningRateAtFirst() {
        try (Scope _ = Scope.open();
                Parameter w = new Parameter("w", Tensor.of(new float[] {1, -2}, 2));
                Optimizer adam =
                        Adam.adam(List.of(new ParameterGroup("all", List.of(w), 0.01, 0)), 0.9, 0.999, 1e-12)) {
            w.accumulate(Tensor.of(new float[] {3, -0.001f}, 2));
            adam.step(CONSTANT, 0);
            assertThat(w.value().toFloats()).containsExactly(new float[] {0.99f, -1.99f}, within(1e-5f));
        }
    }

    @Test
    void decoupledDecayShrinksWithoutTouchingTheMoments() {
        try (Scope _ = Scope.open();
                Parameter w = new Parameter("w", Tensor.of(new float[] {4}, 1));
                Optimizer adam =
                        Adam.adamW(List.of(new ParameterGroup("all", List.of(w), 0.1, 0.5)), 0.9, 0.999, 1e-8)) {
            w.accumulate(Tensor.of(new float[] {0}, 1));
            adam.step(CONSTANT, 0);
            assertThat(w.value().item()).isCloseTo(4 * (1 - 0.1 * 0.5), within(1e-6));
            assertThat(adam.state().get("m.w")).isNotNull();
            assertThat(adam.state().get("m.w").item()).isEqualTo(0);
        }
    }

    @Test
    void aRestoredOptimizerContinuesToTheSameBits() {
        float[] continued = run(true);
        assertThat(run(false)).containsExactly(continued);
    }

    private static float[] run(boolean interrupted) {
        try (Scope _ = Scope.open();
                Parameter w = new Parameter("w", Tensor.of(new float[] {1, 2, 3}, 3))) {
            Optimizer adam = adam(w);
            for (int step = 0; step < 6; step++) {
                if (interrupted && step == 3) {
                    Map<String, Tensor> state = new HashMap<>();
                    adam.state().forEach((name, tensor) -> state.put(name, tensor.copy()));
                    Map<String, Long> steps = adam.steps();
                    adam.close();
                    adam = adam(w);
                    adam.restore(state, steps);
                }
                try (Scope _ = Scope.open();
                        Tape tape = Tape.open()) {
                    tape.watch(List.of(w));
                    tape.backward(w.value().sin().sum());
                }
                adam.step(CONSTANT, step);
                adam.clearGradients();
            }
            adam.close();
            return w.value().toFloats();
        }
    }

    private static Optimizer adam(Parameter w) {
        return Adam.adamW(List.of(new ParameterGroup("all", List.of(w), 0.1, 0.01)), 0.9, 0.99, 1e-8);
    }

    @Test
    void missingStateIsNamed() {
        try (Scope _ = Scope.open();
                Parameter w = new Parameter("w", Tensor.full(DType.F32, 1, 2));
                Optimizer adam = adam(w)) {
            assertThatThrownBy(() -> adam.restore(Map.of(), Map.of("w", 3L)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("m.w is missing");
        }
    }

    @Test
    void aParameterBelongsToOneGroup() {
        try (Scope _ = Scope.open();
                Parameter w = new Parameter("w", Tensor.full(DType.F32, 1, 2))) {
            ParameterGroup group = new ParameterGroup("g", List.of(w), 1, 0);
            assertThatThrownBy(() -> new Sgd(List.of(group, group), 0)).hasMessageContaining("w is in two groups");
        }
    }

    @Test
    void clippingScalesToTheLimit() {
        try (Scope _ = Scope.open();
                Parameter a = new Parameter("a", Tensor.full(DType.F32, 1, 1));
                Parameter b = new Parameter("b", Tensor.full(DType.F32, 1, 1))) {
            a.accumulate(Tensor.of(new float[] {3}, 1));
            b.accumulate(Tensor.of(new float[] {4}, 1));
            Tensor norm = GradientNorm.of(List.of(a, b));
            assertThat(norm.item()).isCloseTo(5, within(1e-12));
            assertThat(GradientNorm.clipScale(norm, 1).item()).isCloseTo(0.2, within(1e-6));
            assertThat(GradientNorm.clipScale(norm, 10).item()).isEqualTo(1);
            assertThat(GradientNorm.of(List.of()).item()).isEqualTo(0);
        }
    }

    @Test
    void parametersWithoutAGradientKeepTheirStepCount() {
        try (Scope _ = Scope.open();
                Parameter a = new Parameter("a", Tensor.full(DType.F32, 1, 3));
                Parameter b = new Parameter("b", Tensor.full(DType.F32, 1, 3));
                Optimizer both = Adam.adam(List.of(new ParameterGroup("all", List.of(a, b), 0.1, 0)), 0.9, 0.99, 1e-8);
                Parameter alone = new Parameter("b", Tensor.full(DType.F32, 1, 3));
                Optimizer one =
                        Adam.adam(List.of(new ParameterGroup("all", List.of(alone), 0.1, 0)), 0.9, 0.99, 1e-8)) {
            for (int step = 0; step < 3; step++) {
                a.accumulate(Tensor.full(DType.F32, 2, 3));
                if (step > 0) { // b's first step is a's second
                    b.accumulate(Tensor.full(DType.F32, step, 3));
                    alone.accumulate(Tensor.full(DType.F32, step, 3));
                }
                both.step(CONSTANT, step);
                one.step(CONSTANT, step);
                both.clearGradients();
                one.clearGradients();
            }
            assertThat(both.steps()).isEqualTo(Map.of("a", 3L, "b", 2L));
            assertThat(b.value().toFloats()).containsExactly(alone.value().toFloats());
        }
    }

    @Test
    void weightAveragesFollowAndSwap() {
        try (Scope _ = Scope.open();
                Parameter w = new Parameter("w", Tensor.of(new float[] {1}, 1));
                WeightEma ema = new WeightEma(List.of(w), 0.75)) {
            w.value().fill_(5);
            ema.update();
            ema.swap();
            assertThat(w.value().item()).isCloseTo(2, within(1e-6));
            assertThatThrownBy(ema::update).isInstanceOf(IllegalStateException.class);
            ema.swap();
            assertThat(w.value().item()).isEqualTo(5);
        }
    }
}
