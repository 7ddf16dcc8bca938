package org.openmoshi.train.eval;

import java.util.ArrayList;
import java.util.List;

/**
 * Multi-scale log-mel distance; lower is better, zero for equal signals. It follows the pitch, formants and loudness of
 * speech and, unlike SI-SDR, ignores phase, so it shows the progress of a codec early.
 *
 * <p>For each window length 2^6 to 2^11 (hop a quarter of it, 64 mels from 64 Hz to half the sample rate), with
 * {@code d = log10(1e-5 + mel(reference)) - log10(1e-5 + mel(estimate))}, it takes {@code mean |d| + mean d^2}, and
 * averages the six. The scales are those of the reconstruction loss of Défossez et al., "High Fidelity Neural Audio
 * Compression", 2022, section 3.4, without its weights. Not thread-safe.
 */
public final class MelDistance {
    private static final int NUM_MELS = 64;
    private static final double F_MIN = 64;
    private static final double FLOOR = 1e-5;

    private final List<MelSpectrogram> scales = new ArrayList<>();

    /**
     * Prepares windows and filters.
     *
     * @param sampleRate in Hz; values are comparable only at one rate (24000 for Mimi)
     */
    public MelDistance(int sampleRate) {
        for (int exponent = 6; exponent <= 11; exponent++) {
            int window = 1 << exponent;
            scales.add(new MelSpectrogram(sampleRate, window, window / 4, NUM_MELS, F_MIN, sampleRate / 2.0));
        }
    }

    /**
     * Returns the distance.
     *
     * @param reference the original samples, [T]
     * @param estimate the decoded samples, [T]
     * @throws IllegalArgumentException if the lengths differ or are zero
     */
    public double compute(float[] reference, float[] estimate) {
        Signals.requireSameLength("mel distance", reference, estimate);
        double sum = 0;
        for (MelSpectrogram scale : scales) {
            sum += compare(scale.compute(reference), scale.compute(estimate));
        }
        return sum / scales.size();
    }

    private static double compare(float[][] a, float[][] b) {
        double absolute = 0;
        double squared = 0;
        for (int t = 0; t < a.length; t++) {
            for (int m = 0; m < NUM_MELS; m++) {
                double difference = Math.log10(FLOOR + a[t][m]) - Math.log10(FLOOR + b[t][m]);
                absolute += Math.abs(difference);
                squared += difference * difference;
            }
        }
        return (absolute + squared) / ((double) a.length * NUM_MELS);
    }
}
