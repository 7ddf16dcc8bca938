package org.openmoshi.models.mimi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openmoshi.autograd.Tape;
import org.openmoshi.models.nn.StateDict;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Generator;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.testing.LeakExtension;

@ExtendWith(LeakExtension.class)
class FrameMaskTest {
    private static final QuantizerTraining SETTINGS = new QuantizerTraining(0.9, 10, 5, 0.1, false, 0);
    private static final QuantizerConfig CONFIG = new QuantizerConfig(4, 3, 8, 6, 6);

    @Test
    void framesThatAreSoundInPartCount() {
        FrameMask mask = FrameMask.of(new int[] {20, 41, 80}, 20, 4);
        assertThat(mask.valid())
                .containsExactly(
                        true, false, false, false, //
                        true, true, true, false, //
                        true, true, true, true);
        assertThat(FrameMask.of(new int[] {61, 80}, 20, 4)).isNull();
    }

    /** Codebooks after some steps, with the last commitment and the gradient of its sum at the latent. */
    private record Result(float[] sums, float[] usage, double commitment, float[] gradient) {}

    /** Trains on 2 items of 5 frames, of which the second has 3; the rest of it has a given value. */
    private static Result train(boolean masked, double padding) {
        try (StateDict dict = StateDict.random(DType.F32, new Generator(1));
                Scope _ = Scope.open()) {
            ResidualVectorQuantizer quantizer = new ResidualVectorQuantizer(dict.root(), CONFIG, 2);
            FrameMask mask = masked ? FrameMask.of(new int[] {100, 60}, 20, 5) : null;
            double commitment = 0;
            float[] gradient = {};
            for (int number = 1; number <= 6; number++) {
                Tensor latent = new Generator(number).normal(DType.F32, 0, 1, 2, 6, 5);
                latent.slice(0, 1, 2).slice(2, 3, 5).fill_(padding);
                try (Tape tape = Tape.open()) {
                    tape.watch(latent);
                    Tensor loss = quantizer
                            .train(latent, 2, new TrainingStep(SETTINGS, number, new Generator(9), mask))
                            .commitment();
                    commitment = loss.item();
                    gradient = tape.gradients(loss, false, latent)[0].toFloats();
                }
            }
            return new Result(
                    dict.buffers().get("vq.layers.1._codebook.embedding_sum").toFloats(),
                    dict.buffers().get("vq.layers.1._codebook.cluster_usage").toFloats(),
                    commitment,
                    gradient);
        }
    }

    @Test
    void whatIsInThePaddingChangesNothing() {
        Result silent = train(true, 0);
        Result loud = train(true, 50);
        assertThat(loud.sums).containsExactly(silent.sums);
        assertThat(loud.usage).containsExactly(silent.usage);
        assertThat(loud.commitment).isEqualTo(silent.commitment);
        assertThat(train(false, 50).sums).isNotEqualTo(train(false, 0).sums);
        for (int channel = 0; channel < 6; channel++) {
            assertThat(silent.gradient[30 + 5 * channel + 2]).isNotZero();
            assertThat(silent.gradient[30 + 5 * channel + 3]).isZero();
            assertThat(silent.gradient[30 + 5 * channel + 4]).isZero();
        }
    }

    @Test
    void theMeanIsOverSoundAlone() {
        try (Scope _ = Scope.open()) {
            Tensor x = Tensor.of(new float[] {1, 2, 3, 4, 100, 100}, 3, 2);
            FrameMask mask = FrameMask.of(new int[] {40}, 20, 3);
            assertThat(mask.mean(x).item()).isCloseTo(2.5, within(1e-6));
        }
    }
}
