package org.openmoshi.train.audio;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Sample rate conversion by a windowed sinc: band-limited interpolation (J. O. Smith, "Digital Audio Resampling",
 * CCRMA) with a Hann window, 6 zero crossings to each side and the cut-off at 0.99 of the lower Nyquist frequency,
 * the parameters that torchaudio uses by default.
 *
 * <p>With both rates divided by their greatest common divisor, output sample {@code n = q * to + p} is
 * {@code sum_m x[q * from + m] * h_p[m]}: one short kernel for each of the {@code to} phases, computed once per pair of
 * rates. Any window of the output can be computed from the part of the input that it needs, with the same bits as in
 * the whole.
 */
public final class Resampler {

    private static final int ZERO_CROSSINGS = 6;
    private static final double ROLLOFF = 0.99;

    private static final Map<Long, Resampler> CACHE = new ConcurrentHashMap<>();

    private final int from; // input samples per period
    private final int to; // output samples per period = number of phases
    private final int[] firstTap; // [to]: input position of the first tap, relative to the period's start
    private final float[][] kernels; // [to][taps]

    private Resampler(int sourceRate, int targetRate) {
        int divisor = greatestCommonDivisor(sourceRate, targetRate);
        from = sourceRate / divisor;
        to = targetRate / divisor;
        firstTap = new int[to];
        kernels = new float[to][];
        if (from == to) {
            return;
        }
        double cutoff = Math.min(from, to) * ROLLOFF; // zero crossings of the sinc per period
        double reach = ZERO_CROSSINGS * from / cutoff; // half of the kernel, in input samples
        for (int p = 0; p < to; p++) {
            double centre = (double) p * from / to;
            int first = (int) Math.ceil(centre - reach);
            int last = (int) Math.floor(centre + reach);
            firstTap[p] = first;
            kernels[p] = new float[last - first + 1];
            for (int m = first; m <= last; m++) {
                kernels[p][m - first] = (float) (cutoff / from * windowedSinc((m - centre) / from * cutoff));
            }
        }
    }

    /**
     * The converter between two rates in Hz; the same object for the same pair.
     *
     * @throws IllegalArgumentException if a rate is not positive
     */
    public static Resampler of(int sourceRate, int targetRate) {
        if (sourceRate <= 0 || targetRate <= 0) {
            throw new IllegalArgumentException(
                    "sample rates must be positive, got " + sourceRate + " and " + targetRate);
        }
        return CACHE.computeIfAbsent(
                (long) sourceRate << 32 | targetRate, pair -> new Resampler(sourceRate, targetRate));
    }

    /** Output samples for an input of {@code length} samples: {@code ceil(length * to / from)}. */
    public long outputLength(long length) {
        return Math.ceilDiv(Math.multiplyExact(length, to), (long) from);
    }

    /** Position of the first input sample that output {@code position} depends on; negative near the start. */
    public long firstInput(long position) {
        if (from == to) {
            return position;
        }
        return Math.floorDiv(position, (long) to) * from + firstTap[Math.floorMod(position, to)];
    }

    /** Position after the last input sample that output {@code position} depends on; may lie after the input's end. */
    public long endInput(long position) {
        return firstInput(position) + (from == to ? 1 : kernels[Math.floorMod(position, to)].length);
    }

    /** Converts a whole signal; returns {@code source} itself if the rates are equal. */
    public float[] resample(float[] source) {
        if (from == to) {
            return source;
        }
        float[] out = new float[Math.toIntExact(outputLength(source.length))];
        resample(source, 0, out, 0, 0, out.length);
        return out;
    }

    /**
     * Computes a window of the output.
     *
     * @param source part of the input; what lies outside of it counts as zero, so it must hold the input from
     *     {@code firstInput(start)} to {@code endInput(start + count - 1)} as far as that exists
     * @param sourceStart position of {@code source[0]} in the whole input
     * @param out receives the window at {@code out[outOffset]}
     * @param start position of the window in the whole output
     * @param count samples to compute
     */
    public void resample(float[] source, long sourceStart, float[] out, int outOffset, long start, int count) {
        if (from == to) {
            for (int i = 0; i < count; i++) {
                long at = start + i - sourceStart;
                out[outOffset + i] = at >= 0 && at < source.length ? source[(int) at] : 0;
            }
            return;
        }
        long periodStart = Math.floorDiv(start, (long) to) * from - sourceStart;
        int phase = Math.floorMod(start, to);
        for (int i = 0; i < count; i++) {
            float[] kernel = kernels[phase];
            long first = periodStart + firstTap[phase];
            int begin = Math.clamp(-first, 0, kernel.length);
            int end = Math.clamp(source.length - first, begin, kernel.length);
            double sum = 0;
            for (int k = begin; k < end; k++) {
                sum += (double) source[(int) (first + k)] * kernel[k];
            }
            out[outOffset + i] = (float) sum;
            if (++phase == to) {
                phase = 0;
                periodStart += from;
            }
        }
    }

    /** Hann-windowed sinc; {@code t} in zero crossings. */
    private static double windowedSinc(double t) {
        if (t == 0) {
            return 1;
        }
        double window = Math.cos(Math.PI * t / (2 * ZERO_CROSSINGS));
        return Math.sin(Math.PI * t) / (Math.PI * t) * window * window;
    }

    private static int greatestCommonDivisor(int a, int b) {
        return b == 0 ? a : greatestCommonDivisor(b, a % b);
    }
}
