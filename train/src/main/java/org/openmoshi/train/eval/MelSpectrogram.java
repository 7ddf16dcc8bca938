package org.openmoshi.train.eval;

import org.jtransforms.fft.FloatFFT_1D;

/**
 * Magnitude mel spectrogram for measuring and drawing: periodic Hann window, frames that lie fully inside the signal
 * (no centring), triangular filters of height one on the HTK mel scale {@code 2595 log10(1 + f / 700)}.
 *
 * <p>This one works on arrays and has no gradient; the training losses have their own, which does. Not thread-safe.
 */
public final class MelSpectrogram {
    private final int window;
    private final int hop;
    private final int numMels;
    private final float[] hann;
    private final FloatFFT_1D fft;
    private final float[] frame;
    private final float[] magnitude;
    // The filters are sparse: filter m weights the bins firstBin[m], firstBin[m] + 1, ... with weights[m].
    private final int[] firstBin;
    private final float[][] weights;

    /**
     * Builds the window and the filters.
     *
     * @param sampleRate in Hz
     * @param window window and FFT length, samples
     * @param hop distance of frames, samples
     * @param numMels number of filters
     * @param fMin lower edge of the first filter, Hz
     * @param fMax upper edge of the last filter, Hz
     * @throws IllegalArgumentException if a size is not positive or the edges do not satisfy
     *     {@code 0 <= fMin < fMax <= sampleRate / 2}
     */
    public MelSpectrogram(int sampleRate, int window, int hop, int numMels, double fMin, double fMax) {
        if (window < 2 || hop < 1 || numMels < 1) {
            throw new IllegalArgumentException("mel spectrogram needs a window of at least 2, a hop and a number of"
                    + " mels of at least 1, got " + window + ", " + hop + ", " + numMels);
        }
        if (!(0 <= fMin && fMin < fMax && fMax <= sampleRate / 2.0)) {
            throw new IllegalArgumentException("mel spectrogram edges " + fMin + ".." + fMax
                    + " Hz do not lie within 0.." + sampleRate / 2.0 + " Hz");
        }
        this.window = window;
        this.hop = hop;
        this.numMels = numMels;
        this.hann = new float[window];
        for (int i = 0; i < window; i++) {
            hann[i] = (float) (0.5 - 0.5 * Math.cos(2 * Math.PI * i / window));
        }
        this.fft = new FloatFFT_1D(window);
        this.frame = new float[window];
        this.magnitude = new float[window / 2 + 1];
        this.firstBin = new int[numMels];
        this.weights = new float[numMels][];
        buildFilters(sampleRate, fMin, fMax);
    }

    /** Converts a frequency in Hz to the HTK mel scale. */
    public static double hzToMel(double hz) {
        return 2595 * Math.log10(1 + hz / 700);
    }

    /** Converts HTK mels to Hz. */
    public static double melToHz(double mel) {
        return 700 * (Math.pow(10, mel / 2595) - 1);
    }

    private void buildFilters(int sampleRate, double fMin, double fMax) {
        double lowMel = hzToMel(fMin);
        double stepMel = (hzToMel(fMax) - lowMel) / (numMels + 1);
        double binHz = (double) sampleRate / window;
        for (int m = 0; m < numMels; m++) {
            double left = melToHz(lowMel + m * stepMel);
            double centre = melToHz(lowMel + (m + 1) * stepMel);
            double right = melToHz(lowMel + (m + 2) * stepMel);
            int first = (int) Math.floor(left / binHz) + 1;
            int last = Math.min((int) Math.ceil(right / binHz) - 1, window / 2);
            firstBin[m] = first;
            // A filter narrower than the distance of two bins may catch none; it then stays empty.
            weights[m] = new float[Math.max(0, last - first + 1)];
            for (int k = first; k <= last; k++) {
                double hz = k * binHz;
                double weight = Math.min((hz - left) / (centre - left), (right - hz) / (right - centre));
                weights[m][k - first] = (float) Math.max(0, weight);
            }
        }
    }

    /** Returns the number of frames of a signal of that many samples; one shorter than the window is zero-padded. */
    public int numFrames(int samples) {
        return samples <= window ? 1 : 1 + (samples - window) / hop;
    }

    /**
     * Returns magnitudes, [frames][mels].
     *
     * @param x samples, [T]; zero-padded on the right if shorter than one window
     */
    public float[][] compute(float[] x) {
        int frames = numFrames(x.length);
        float[][] mel = new float[frames][numMels];
        for (int t = 0; t < frames; t++) {
            int start = t * hop;
            for (int i = 0; i < window; i++) {
                frame[i] = start + i < x.length ? x[start + i] * hann[i] : 0;
            }
            spectrum();
            for (int m = 0; m < numMels; m++) {
                float sum = 0;
                for (int k = 0; k < weights[m].length; k++) {
                    sum += weights[m][k] * magnitude[firstBin[m] + k];
                }
                mel[t][m] = sum;
            }
        }
        return mel;
    }

    private void spectrum() {
        fft.realForward(frame);
        int half = window / 2;
        magnitude[0] = Math.abs(frame[0]);
        // Packed layout: for an even length the real part at the Nyquist frequency sits at index 1; for an odd one
        // index 1 is the imaginary part of the last bin.
        boolean even = window % 2 == 0;
        for (int k = 1; k < half + (even ? 0 : 1); k++) {
            float imaginary = !even && k == half ? frame[1] : frame[2 * k + 1];
            magnitude[k] = (float) Math.hypot(frame[2 * k], imaginary);
        }
        if (even) {
            magnitude[half] = Math.abs(frame[1]);
        }
    }
}
