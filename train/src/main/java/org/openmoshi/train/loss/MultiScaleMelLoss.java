package org.openmoshi.train.loss;

import java.util.ArrayList;
import java.util.List;
import org.openmoshi.tensor.Tensor;

/**
 * Multi-scale mel loss ("msspec"; Défossez et al. 2022, section 3.4): for windows 2^first to 2^last, hop a quarter of
 * the window, 64 mels from 64 Hz, the mean over scales of mean |d| + mean d^2 with d the difference of
 * log10(1e-5 + mel).
 */
public final class MultiScaleMelLoss implements AutoCloseable {
    private static final int NUM_MELS = 64;
    private static final double F_MIN = 64;
    private static final double OFFSET = 1e-5;
    private static final double LN_10 = Math.log(10);

    private final List<MelSpectrogram> scales = new ArrayList<>();

    /** Prepares the scales for a sample rate in Hz. */
    public MultiScaleMelLoss(int sampleRate, int firstExponent, int lastExponent) {
        for (int exponent = firstExponent; exponent <= lastExponent; exponent++) {
            int window = 1 << exponent;
            int hop = window / 4;
            scales.add(
                    new MelSpectrogram(sampleRate, window, hop, NUM_MELS, F_MIN, sampleRate / 2.0, (window - hop) / 2));
        }
    }

    /** Scalar loss of estimate against reference, both [B, T]; no gradient flows to the reference. */
    public Tensor forward(Tensor estimate, Tensor reference) {
        Tensor[] losses = new Tensor[scales.size()];
        for (int i = 0; i < losses.length; i++) {
            MelSpectrogram scale = scales.get(i);
            Tensor target = scale.forward(reference).add(OFFSET).log();
            Tensor difference = scale.forward(estimate).add(OFFSET).log().sub(target); // log10 follows as a factor
            losses[i] = difference
                    .abs()
                    .mean()
                    .div(LN_10)
                    .add(difference.square().mean().div(LN_10 * LN_10));
        }
        return Tensor.stack(0, losses).mean();
    }

    @Override
    public void close() {
        scales.forEach(MelSpectrogram::close);
    }
}
