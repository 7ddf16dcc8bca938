package org.openmoshi.train.eval;

/**
 * Scale-invariant signal-to-distortion ratio of zero-mean signals, in decibels; higher is better.
 *
 * <p>Le Roux, Wisdom, Erdogan and Hershey, "SDR - half-baked or well done?", ICASSP 2019, equation 3: with
 * {@code target = (<estimate, reference> / |reference|^2) reference}, the ratio is {@code |target|^2} over
 * {@code |target - estimate|^2}. A neural codec need not keep the phase of its input, so a well-sounding one can still
 * score far below zero here.
 */
public final class SiSdr {
    private SiSdr() {}

    /**
     * Returns SI-SDR in dB: positive infinity if the estimate is a multiple of the reference, negative infinity if it
     * has nothing of the reference in it, {@code NaN} if the reference or the estimate is constant (silent).
     *
     * @param reference the original samples, [T]
     * @param estimate the decoded samples, [T]
     * @throws IllegalArgumentException if the lengths differ or are zero
     */
    public static double compute(float[] reference, float[] estimate) {
        Signals.requireSameLength("SI-SDR", reference, estimate);
        double referenceMean = mean(reference);
        double estimateMean = mean(estimate);
        double dot = 0;
        double referenceEnergy = 0;
        double estimateEnergy = 0;
        for (int i = 0; i < reference.length; i++) {
            double r = reference[i] - referenceMean;
            double e = estimate[i] - estimateMean;
            dot += r * e;
            referenceEnergy += r * r;
            estimateEnergy += e * e;
        }
        if (referenceEnergy == 0 || estimateEnergy == 0) {
            return Double.NaN;
        }
        double scale = dot / referenceEnergy;
        double distortion = 0;
        for (int i = 0; i < reference.length; i++) {
            double difference = scale * (reference[i] - referenceMean) - (estimate[i] - estimateMean);
            distortion += difference * difference;
        }
        return 10 * Math.log10(scale * scale * referenceEnergy / distortion);
    }

    private static double mean(float[] x) {
        double sum = 0;
        for (float v : x) {
            sum += v;
        }
        return sum / x.length;
    }
}
