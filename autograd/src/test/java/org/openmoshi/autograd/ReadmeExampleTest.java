package org.openmoshi.autograd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.openmoshi.autograd.optim.Adam;
import org.openmoshi.autograd.optim.ParameterGroup;
import org.openmoshi.autograd.optim.Schedule;
import org.openmoshi.tensor.Memory;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/** The program that the README shows. */
class ReadmeExampleTest {
    @Test
    void learnsALineAndFreesEverything() {
        long before = Memory.liveBytes();
        float[] learned = fit();
        assertThat((double) learned[0]).isCloseTo(2, within(0.05));
        assertThat((double) learned[1]).isCloseTo(1, within(0.05));
        assertThat(Memory.liveBytes()).isEqualTo(before);
    }

    private static float[] fit() {
        try (Scope _ = Scope.open(); // frees at its end what was made inside
                Parameter weight = new Parameter("weight", Tensor.of(new float[] {0}, 1, 1));
                Parameter bias = new Parameter("bias", Tensor.of(new float[] {0}, 1));
                Adam adam = Adam.adamW(
                        List.of(new ParameterGroup("all", List.of(weight, bias), 0.1, 0)), 0.9, 0.999, 1e-8)) {
            for (int step = 0; step < 300; step++) {
                try (Scope _ = Scope.open();
                        Tape tape = Tape.open()) {
                    tape.watch(adam.parameters());
                    Tensor x = Tensor.of(new float[] {-1, 0, 1, 2}, 4, 1);
                    Tensor y = Tensor.of(new float[] {-1, 1, 3, 5}, 4, 1); // y = 2 x + 1
                    Tensor loss = x.linear(weight.value(), bias.value())
                            .sub(y)
                            .square()
                            .mean();
                    tape.backward(loss);
                }
                adam.step(new Schedule.Constant(0), step);
                adam.clearGradients();
            }
            return new float[] {
                (float) weight.value().item(), (float) bias.value().item()
            };
        }
    }
}
