package org.openmoshi.tensor;

/**
 * Triangular filters, equally spaced on the mel scale of O'Shaughnessy (1987), mel = 2595 log10(1 + f / 700), that sum
 * the bins of a spectrum: {@code spectrum.matmul(filters)}. Each filter peaks at 1 (no area normalisation).
 */
public final class MelFilterBank {
    private MelFilterBank() {}

    /**
     * The filters as a matrix [nFft/2 + 1, mels].
     *
     * @param sampleRate in Hz
     * @param minFrequency lower edge of the first filter in Hz
     * @param maxFrequency upper edge of the last filter in Hz, at most half the sample rate
     * @throws IllegalArgumentException when the frequencies are not in order
     */
    public static Tensor create(
            DType dtype, int sampleRate, int nFft, int mels, double minFrequency, double maxFrequency) {
        if (minFrequency < 0 || minFrequency >= maxFrequency || maxFrequency > sampleRate / 2.0) {
            throw new IllegalArgumentException("mel filters need 0 <= minimum < maximum <= " + sampleRate / 2.0
                    + " Hz, got " + minFrequency + " and " + maxFrequency);
        }
        double low = toMel(minFrequency);
        double high = toMel(maxFrequency);
        double[] edges = new double[mels + 2];
        for (int i = 0; i < edges.length; i++) {
            edges[i] = toHertz(low + (high - low) * i / (mels + 1));
        }
        int bins = nFft / 2 + 1;
        double[] filters = new double[bins * mels];
        for (int bin = 0; bin < bins; bin++) {
            double frequency = (double) sampleRate * bin / nFft;
            for (int m = 0; m < mels; m++) {
                double rising = (frequency - edges[m]) / (edges[m + 1] - edges[m]);
                double falling = (edges[m + 2] - frequency) / (edges[m + 2] - edges[m + 1]);
                filters[bin * mels + m] = Math.max(0, Math.min(rising, falling));
            }
        }
        return Functions.host(filters, dtype, bins, mels);
    }

    private static double toMel(double hertz) {
        return 2595 * Math.log10(1 + hertz / 700);
    }

    private static double toHertz(double mel) {
        return 700 * (Math.pow(10, mel / 2595) - 1);
    }
}
