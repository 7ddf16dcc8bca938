package org.openmoshi.train.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openmoshi.autograd.GradientCheck;
import org.openmoshi.autograd.Tape;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.testing.LeakExtension;
import org.openmoshi.train.eval.MelSpectrogram;

@ExtendWith(LeakExtension.class)
class SpectralLossTest {
    private static final int SAMPLE_RATE = 24_000;

    @Test
    void theMelLossAgreesWithTheSpectrogramOfEvaluation() {
        float[] reference = noise(6000, 1);
        float[] estimate = noise(6000, 2);
        double expected = 0;
        for (int window = 64; window <= 2048; window *= 2) {
            int pad = (window - window / 4) / 2;
            MelSpectrogram mel = new MelSpectrogram(SAMPLE_RATE, window, window / 4, 64, 64, SAMPLE_RATE / 2.0);
            float[][] a = mel.compute(reflected(estimate, pad));
            float[][] b = mel.compute(reflected(reference, pad));
            double sum = 0;
            for (int t = 0; t < a.length; t++) {
                for (int m = 0; m < 64; m++) {
                    double d = Math.log10(1e-5 + a[t][m]) - Math.log10(1e-5 + b[t][m]);
                    sum += Math.abs(d) + d * d;
                }
            }
            expected += sum / (64.0 * a.length) / 6;
        }
        try (Scope _ = Scope.open();
                MultiScaleMelLoss loss = new MultiScaleMelLoss(SAMPLE_RATE, 6, 11)) {
            double actual = loss.forward(Tensor.of(estimate, 1, 6000), Tensor.of(reference, 1, 6000))
                    .item();
            assertThat(actual).isCloseTo(expected, within(1e-5 * expected));
        }
    }

    @Test
    void equalSignalsHaveNoLossAndFiniteGradients() {
        try (Scope _ = Scope.open();
                MultiScaleMelLoss mel = new MultiScaleMelLoss(SAMPLE_RATE, 6, 8);
                MultiResolutionStftLoss stft =
                        new MultiResolutionStftLoss(new int[] {64}, new int[] {48}, new int[] {16});
                Tape tape = Tape.open()) {
            Tensor silence = Tensor.of(new float[1000], 1, 1000);
            Tensor estimate = tape.watch(Tensor.of(new float[1000], 1, 1000));
            MultiResolutionStftLoss.Terms terms = stft.forward(estimate, silence);
            Tensor loss = mel.forward(estimate, silence)
                    .add(terms.spectralConvergence())
                    .add(terms.logMagnitude());
            assertThat(loss.item()).isZero();
            assertThat(tape.gradients(loss, false, estimate)[0].toFloats()).containsOnly(0);
        }
    }

    @Test
    void finiteDifferencesAgreeWithTheMelLoss() {
        try (Scope _ = Scope.open();
                MultiScaleMelLoss loss = new MultiScaleMelLoss(SAMPLE_RATE, 5, 6)) {
            double error = GradientCheck.worstError(
                    in -> loss.forward(in[0], Tensor.of(noise64(150, 3), 1, 150)),
                    new double[][] {noise64(150, 4)},
                    Shape.of(1, 150));
            assertThat(error).isLessThan(1e-6);
        }
    }

    @Test
    void finiteDifferencesAgreeWithTheStftLossOfSubBands() {
        try (Scope _ = Scope.open();
                Pqmf bank = new Pqmf(4);
                MultiResolutionStftLoss loss =
                        new MultiResolutionStftLoss(new int[] {16, 32}, new int[] {12, 32}, new int[] {4, 8})) {
            Tensor target = bank.analysis(Tensor.of(noise64(160, 5), 1, 160)).reshape(4, -1);
            double error = GradientCheck.worstError(
                    in -> {
                        MultiResolutionStftLoss.Terms terms =
                                loss.forward(bank.analysis(in[0]).reshape(4, -1), target);
                        return terms.spectralConvergence().add(terms.logMagnitude());
                    },
                    new double[][] {noise64(160, 6)},
                    Shape.of(1, 160));
            assertThat(error).isLessThan(1e-6);
        }
    }

    @Test
    void aToneFallsIntoItsSubBand() {
        try (Scope _ = Scope.open();
                Pqmf bank = new Pqmf(6)) {
            for (int band = 0; band < 6; band++) {
                float[] tone = new float[2400];
                for (int i = 0; i < tone.length; i++) {
                    tone[i] = (float) Math.sin(Math.PI * (band + 0.5) / 6 * i);
                }
                float[] energies =
                        bank.analysis(Tensor.of(tone, 1, 2400)).norm(2).toFloats();
                for (int other = 0; other < 6; other++) {
                    if (other != band) {
                        assertThat(energies[other]).isLessThan(0.05f * energies[band]);
                    }
                }
            }
            assertThatThrownBy(() -> new Pqmf(5)).hasMessageContaining("5 bands");
        }
    }

    private static float[] reflected(float[] x, int pad) {
        float[] padded = new float[x.length + 2 * pad];
        for (int i = 0; i < padded.length; i++) {
            int at = Math.abs(i - pad);
            padded[i] = x[at < x.length ? at : 2 * (x.length - 1) - at];
        }
        return padded;
    }

    private static float[] noise(int length, long seed) {
        float[] values = new float[length];
        Random random = new Random(seed);
        for (int i = 0; i < length; i++) {
            values[i] = 0.3f * (float) random.nextGaussian();
        }
        return values;
    }

    private static double[] noise64(int length, long seed) {
        return new Random(seed).doubles(length, -1, 1).toArray();
    }
}
