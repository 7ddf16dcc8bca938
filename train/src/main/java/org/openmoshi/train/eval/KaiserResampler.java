package org.openmoshi.train.eval;

import java.math.BigInteger;

/**
 * Resampling by a ratio of integers with a Kaiser-windowed sinc that rejects 60 dB and rolls off over a tenth of the
 * pass band: the filter design with which STOI is usually computed, so that scores compare with published ones. (The
 * training data go through the audio package's resampler, which has another filter.)
 */
final class KaiserResampler {
    private static final double REJECTION_DB = 60;

    private KaiserResampler() {}

    /** Returns x, [T] at {@code from} Hz, at {@code to} Hz: [ceil(T * to / from)]. */
    static double[] resample(float[] x, int from, int to) {
        int divisor = BigInteger.valueOf(from).gcd(BigInteger.valueOf(to)).intValue();
        int up = to / divisor;
        int down = from / divisor;
        if (up == down) {
            double[] copy = new double[x.length];
            for (int i = 0; i < x.length; i++) {
                copy[i] = x[i];
            }
            return copy;
        }
        double[] filter = filter(up, down);
        int half = filter.length / 2;
        int length = (int) (((long) x.length * up + down - 1) / down);
        double[] y = new double[length];
        for (int m = 0; m < length; m++) {
            // Tap index of input sample j: centre - j * up, where both signals start at the filter's centre.
            long centre = (long) m * down + half;
            int first = (int) Math.max(0, Math.ceilDiv(centre - filter.length + 1, (long) up));
            int last = (int) Math.min(x.length - 1L, centre / up);
            double sum = 0;
            for (int j = first; j <= last; j++) {
                sum += x[j] * filter[(int) (centre - (long) j * up)];
            }
            y[m] = sum * up;
        }
        return y;
    }

    private static double[] filter(int up, int down) {
        double cutoff = 1.0 / (2 * Math.max(up, down));
        double rollOff = cutoff / 10;
        int half = (int) Math.ceil((REJECTION_DB - 8) / (28.714 * rollOff));
        double beta = 0.1102 * (REJECTION_DB - 8.7);
        double[] h = new double[2 * half + 1];
        double sum = 0;
        for (int i = 0; i < h.length; i++) {
            double t = i - half;
            double angle = 2 * Math.PI * cutoff * t;
            double sinc = t == 0 ? 1 : Math.sin(angle) / angle;
            double position = t / half;
            h[i] = sinc * besselI0(beta * Math.sqrt(1 - position * position)) / besselI0(beta);
            sum += h[i];
        }
        for (int i = 0; i < h.length; i++) {
            h[i] /= sum;
        }
        return h;
    }

    /** Modified Bessel function of the first kind, order 0, by its power series. */
    private static double besselI0(double x) {
        double term = 1;
        double sum = 1;
        for (int k = 1; term > 1e-17 * sum; k++) {
            term *= (x / (2 * k)) * (x / (2 * k));
            sum += term;
        }
        return sum;
    }
}
