package org.openmoshi.autograd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Memory;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.testing.LeakExtension;

@ExtendWith(LeakExtension.class)
class TapeTest {
    @Test
    void leavesAccumulate() {
        try (Scope _ = Scope.open();
                Parameter w = new Parameter("w", Tensor.of(new float[] {1, 2, 3}, 3))) {
            for (int i = 0; i < 3; i++) {
                try (Scope _ = Scope.open();
                        Tape tape = Tape.open()) {
                    tape.watch(List.of(w));
                    tape.backward(w.value().square().sum());
                }
            }
            assertThat(gradient(w)).containsExactly(6, 12, 18);
            w.clearGradient();
            assertThat(w.gradient()).isNull();
        }
    }

    @Test
    void aTensorUsedTwiceGetsTheSumOfItsGradients() {
        try (Scope _ = Scope.open();
                Tape tape = Tape.open()) {
            Tensor x = tape.watch(Tensor.of(new float[] {2, -1}, 2));
            Tensor y = x.add(x).add(x.mul(x));
            tape.backward(y.sum());
            assertThat(gradient(tape, x)).containsExactly(2 + 4, 2 - 2);
        }
    }

    @Test
    void broadcastGradientsAreSummedBack() {
        try (Scope _ = Scope.open();
                Tape tape = Tape.open()) {
            Tensor x = tape.watch(Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3));
            Tensor b = tape.watch(Tensor.of(new float[] {10, 20, 30}, 3));
            tape.backward(x.mul(b).sum());
            assertThat(gradient(tape, b)).containsExactly(5, 7, 9);
            assertThat(gradient(tape, x)).containsExactly(10, 20, 30, 10, 20, 30);
        }
    }

    @Test
    void slicesShareOneGradient() {
        try (Scope _ = Scope.open();
                Tape tape = Tape.open()) {
            Tensor x = tape.watch(Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 6));
            Tensor y = x.mul(1);
            tape.backward(y.slice(0, 0, 3).sum().add(y.slice(0, 1, 6, 2).mul(10).sum()));
            assertThat(gradient(tape, x)).containsExactly(1, 11, 1, 10, 0, 10);
        }
    }

    @Test
    void stopGradientCutsTheTape() {
        try (Scope _ = Scope.open();
                Tape tape = Tape.open()) {
            Tensor x = tape.watch(Tensor.of(new float[] {3}, 1));
            tape.backward(x.mul(Tape.stopGradient(x)).sum());
            assertThat(gradient(tape, x)).containsExactly(3);
        }
    }

    @Test
    void gradientsAtAnIntermediateLeaveTheRestOfTheTape() {
        try (Scope _ = Scope.open();
                Tape tape = Tape.open();
                Parameter head = new Parameter("head", Tensor.of(new float[] {5}, 1))) {
            Tensor x = tape.watch(Tensor.of(new float[] {1, 2}, 2));
            tape.watch(List.of(head));
            Tensor y = x.mul(3);
            Tensor shared = y.square();
            Tensor first = tape.gradients(shared.sum(), true, y)[0];
            Tensor second = tape.gradients(shared.mul(head.value()).sum(), false, y)[0];
            assertThat(first.toFloats()).containsExactly(6, 12);
            assertThat(second.toFloats()).containsExactly(30, 60);
            assertThat(head.gradient()).isNull();
            assertThat(tape.gradient(x)).isNull();
            tape.backward(new Tensor[] {y}, first.add(second));
            assertThat(gradient(tape, x)).containsExactly(3 * 36, 3 * 72);
        }
    }

    @Test
    void aLossThatDoesNotDependOnTheTensorGivesZeros() {
        try (Scope _ = Scope.open();
                Tape tape = Tape.open()) {
            Tensor x = tape.watch(Tensor.of(new float[] {1, 2}, 2));
            Tensor y = x.mul(3);
            assertThat(tape.gradients(x.square().sum(), true, y)[0].toFloats()).containsExactly(0, 0);
        }
    }

    @Test
    void aCheckpointedBlockGivesTheSameGradientsAndKeepsLess() {
        float[][] gradients = new float[2][];
        float[][] weights = new float[2][];
        long[] held = new long[2];
        for (int mode = 0; mode < 2; mode++) {
            boolean checkpointed = mode == 1;
            try (Scope _ = Scope.open();
                    Tape tape = Tape.open();
                    Parameter w = new Parameter("w", Tensor.full(DType.F32, 0.7, 64))) {
                tape.watch(List.of(w));
                Tensor x = tape.watch(Tensor.arange(DType.F32, 64).mul(0.1));
                Checkpoint block = in -> {
                    try (Scope scope = Scope.open()) {
                        return new Tensor[] {
                            scope.keep(in[0].mul(w.value())
                                    .sin()
                                    .exp()
                                    .sigmoid()
                                    .mul(in[0])
                                    .tanh())
                        };
                    }
                };
                long before = Memory.liveBytes();
                Tensor y = checkpointed ? tape.checkpoint(block, x)[0] : block.run(x)[0];
                held[mode] = Memory.liveBytes() - before;
                tape.backward(y.square().sum());
                gradients[mode] = gradient(tape, x);
                weights[mode] = gradient(w);
            }
        }
        assertThat(gradients[1]).containsExactly(gradients[0]);
        assertThat(weights[1]).containsExactly(weights[0]);
        assertThat(held[1]).isLessThan(held[0] / 3);
    }

    @Test
    void aCheckpointedBlockMustBeGivenWhatItUses() {
        try (Scope _ = Scope.open();
                Tape tape = Tape.open()) {
            Tensor x = tape.watch(Tensor.full(DType.F32, 1, 4));
            Tensor hidden = x.mul(2);
            Tensor y = tape.checkpoint(in -> new Tensor[] {in[0].mul(hidden)}, x)[0];
            assertThatThrownBy(() -> tape.backward(y.sum()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("not among its inputs");
        }
    }

    @Test
    void overwritingASavedTensorIsAnError() {
        try (Scope _ = Scope.open();
                Tape tape = Tape.open()) {
            Tensor x = tape.watch(Tensor.full(DType.F32, 2, 4));
            Tensor factor = Tensor.full(DType.F32, 3, 4);
            Tensor y = x.mul(factor);
            factor.fill_(7);
            assertThatThrownBy(() -> tape.backward(y.sum()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("mul")
                    .hasMessageContaining("changed in place");
        }
    }

    @Test
    void overwritingATrackedTensorIsAnError() {
        try (Scope _ = Scope.open();
                Tape tape = Tape.open()) {
            Tensor x = tape.watch(Tensor.full(DType.F32, 2, 4));
            Tensor y = x.mul(2);
            assertThatThrownBy(() -> y.fill_(0))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("Fill would overwrite");
        }
    }

    @Test
    void backwardFreesActivationsAsItGoes() {
        try (Scope _ = Scope.open();
                Tape tape = Tape.open()) {
            Tensor x = tape.watch(Tensor.full(DType.F32, 0.5, 1000));
            long before = Memory.liveBytes();
            Tensor loss;
            try (Scope scope = Scope.open()) {
                Tensor y = x;
                for (int i = 0; i < 10; i++) {
                    y = y.tanh();
                }
                loss = scope.keep(y.sum());
            }
            assertThat(Memory.liveBytes() - before).isGreaterThanOrEqualTo(10 * 4000);
            tape.backward(loss);
            assertThat(Memory.liveBytes() - before).isLessThan(2 * 4000); // the gradient of x and the loss
        }
    }

    @Test
    void nothingIsRecordedOutsideTheTape() {
        try (Scope _ = Scope.open()) {
            Tensor x = Tensor.full(DType.F32, 1, 4);
            try (Tape tape = Tape.open()) {
                tape.watch(x);
                assertThat(tape.tracks(Tape.withoutRecording(() -> x.mul(2)))).isFalse();
                assertThat(tape.tracks(x.mul(2))).isTrue();
            }
            assertThat(x.mul(2).toFloats()).containsExactly(2, 2, 2, 2);
        }
    }

    @Test
    void backwardNeedsAScalarOnTheTape() {
        try (Scope _ = Scope.open();
                Tape tape = Tape.open()) {
            Tensor x = tape.watch(Tensor.full(DType.F32, 1, 4));
            assertThatThrownBy(() -> tape.backward(x.mul(2))).hasMessageContaining("[4]");
            assertThatThrownBy(() -> tape.backward(Tensor.scalar(1))).hasMessageContaining("does not depend");
            assertThatThrownBy(() -> tape.watch(Tensor.arange(DType.I64, 3))).hasMessageContaining("I64");
        }
    }

    @Test
    void finiteDifferencesAgreeOnAComposition() {
        double[][] values = {{0.3, -0.4, 1.2, 0.8, -1.5, 0.1}, {0.5, -0.2, 0.9}};
        double error = GradientCheck.worstError(
                in -> in[0].mul(in[1]).tanh().matmul(in[0].transpose(0, 1)).exp(),
                values,
                org.openmoshi.tensor.Shape.of(2, 3),
                org.openmoshi.tensor.Shape.of(3));
        assertThat(error).isCloseTo(0, within(1e-7));
    }

    private static float[] gradient(Parameter parameter) {
        return Objects.requireNonNull(parameter.gradient()).toFloats();
    }

    private static float[] gradient(Tape tape, Tensor leaf) {
        return Objects.requireNonNull(tape.gradient(leaf)).toFloats();
    }
}
