package org.openmoshi.train.eval;

/**
 * Signals that are easy to build in another language too. The expected numbers of the tests beside were computed with
 * NumPy 2.4 and SciPy 1.17 from the formulas of the papers, written a second time with matrices: band matrices,
 * {@code numpy.fft.rfft}, {@code scipy.signal.resample_poly}.
 */
final class TestSignals {
    static final int SAMPLE_RATE = 24_000;

    private TestSignals() {}

    /** Uniform noise in [-1, 1) from the 31-bit linear congruential generator of ISO C's example {@code rand}. */
    static double[] noise(int samples, long seed) {
        double[] x = new double[samples];
        long state = seed;
        for (int i = 0; i < samples; i++) {
            state = (state * 1103515245L + 12345) % (1L << 31);
            x[i] = state / (double) (1L << 31) * 2 - 1;
        }
        return x;
    }

    /** 1.5 s of a 150 Hz tone with 20 harmonics and a little noise, at 3 beats a second, with a pause of 0.2 s. */
    static float[] voice() {
        double[] noise = noise(36_000, 1);
        float[] x = new float[noise.length];
        for (int i = 0; i < x.length; i++) {
            double t = i / (double) SAMPLE_RATE;
            double envelope = t > 0.5 && t < 0.7 ? 0 : 0.5 + 0.5 * Math.sin(2 * Math.PI * 3 * t);
            double tone = 0;
            for (int k = 1; k <= 20; k++) {
                tone += Math.sin(2 * Math.PI * 150 * k * t) / k;
            }
            x[i] = (float) (tone * envelope * 0.2 + 0.02 * envelope * noise[i]);
        }
        return x;
    }

    /** {@code gain * x + level * noise + offset}. */
    static float[] degrade(float[] x, double gain, double level, double offset) {
        double[] noise = noise(x.length, 7);
        float[] y = new float[x.length];
        for (int i = 0; i < y.length; i++) {
            y[i] = (float) (gain * x[i] + level * noise[i] + offset);
        }
        return y;
    }
}
