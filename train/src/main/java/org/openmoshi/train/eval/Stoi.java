package org.openmoshi.train.eval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jtransforms.fft.DoubleFFT_1D;

/**
 * Short-time objective intelligibility: the mean correlation of one-third octave band envelopes, about 0 to 1; higher is
 * better.
 *
 * <p>Taal, Hendriks, Heusdens and Jensen, "An algorithm for intelligibility prediction of time-frequency weighted noisy
 * speech", IEEE TASLP 19(7), 2011, section II: at 10 kHz; frames of 256 samples with half overlap; frames of the
 * reference more than 40 dB below its loudest are removed from both; 512-point spectra in 15 bands from 150 Hz; segments
 * of 30 frames (384 ms); the estimate's envelope is scaled to the reference's energy and clipped at -15 dB
 * signal-to-distortion ratio (equation 3) before the correlation (equation 5).
 */
public final class Stoi {
    private static final int RATE = 10_000;
    private static final int FRAME = 256;
    private static final int HOP = FRAME / 2;
    private static final int FFT = 512;
    private static final int BANDS = 15;
    private static final double LOWEST_CENTRE = 150;
    private static final int SEGMENT = 30;
    private static final double CLIP = 1 + Math.pow(10, 15.0 / 20);
    private static final double DYNAMIC_RANGE = 40;
    private static final double EPSILON = Math.ulp(1.0);
    private static final double[] WINDOW = window();
    private static final int[][] BAND_BINS = bandBins();

    private Stoi() {}

    /**
     * Returns STOI, or {@code NaN} if the reference holds less than 30 frames (about 0.4 s) that are not silent.
     *
     * @param reference the original samples, [T]
     * @param estimate the decoded samples, [T]
     * @param sampleRate of both, Hz
     * @throws IllegalArgumentException if the lengths differ or are zero, or the rate is not positive
     */
    public static double compute(float[] reference, float[] estimate, int sampleRate) {
        Signals.requireSameLength("STOI", reference, estimate);
        if (sampleRate < 1) {
            throw new IllegalArgumentException("STOI: the sample rate is " + sampleRate + " Hz");
        }
        double[] x = KaiserResampler.resample(reference, sampleRate, RATE);
        double[] y = KaiserResampler.resample(estimate, sampleRate, RATE);
        List<Integer> kept = loudFrames(x);
        double[][] xBands = bandEnvelopes(overlapAdd(x, kept));
        double[][] yBands = bandEnvelopes(overlapAdd(y, kept));
        int segments = xBands.length - SEGMENT + 1;
        if (segments < 1) {
            return Double.NaN;
        }
        double sum = 0;
        for (int s = 0; s < segments; s++) {
            for (int band = 0; band < BANDS; band++) {
                sum += correlation(xBands, yBands, s, band);
            }
        }
        return sum / ((double) segments * BANDS);
    }

    /** Correlation of one band over the frames s .. s + 29, after scaling and clipping the estimate. */
    private static double correlation(double[][] xBands, double[][] yBands, int s, int band) {
        double[] x = new double[SEGMENT];
        double[] y = new double[SEGMENT];
        double xEnergy = 0;
        double yEnergy = 0;
        for (int i = 0; i < SEGMENT; i++) {
            x[i] = xBands[s + i][band];
            y[i] = yBands[s + i][band];
            xEnergy += x[i] * x[i];
            yEnergy += y[i] * y[i];
        }
        double scale = Math.sqrt(xEnergy) / (Math.sqrt(yEnergy) + EPSILON);
        for (int i = 0; i < SEGMENT; i++) {
            y[i] = Math.min(y[i] * scale, x[i] * CLIP);
        }
        double xMean = Arrays.stream(x).average().orElseThrow();
        double yMean = Arrays.stream(y).average().orElseThrow();
        double dot = 0;
        double xVariance = 0;
        double yVariance = 0;
        for (int i = 0; i < SEGMENT; i++) {
            double dx = x[i] - xMean;
            double dy = y[i] - yMean;
            dot += dx * dy;
            xVariance += dx * dx;
            yVariance += dy * dy;
        }
        return dot / ((Math.sqrt(xVariance) + EPSILON) * (Math.sqrt(yVariance) + EPSILON));
    }

    /** Starts of the frames of x within the dynamic range; the last frame that would fit exactly is not used. */
    private static List<Integer> loudFrames(double[] x) {
        List<Double> levels = new ArrayList<>();
        double loudest = Double.NEGATIVE_INFINITY;
        // Digital silence has level minus infinity, so a signal without anything else keeps no frame.
        for (int start = 0; start < x.length - FRAME; start += HOP) {
            double energy = 0;
            for (int i = 0; i < FRAME; i++) {
                double v = x[start + i] * WINDOW[i];
                energy += v * v;
            }
            double level = 10 * Math.log10(energy);
            levels.add(level);
            loudest = Math.max(loudest, level);
        }
        List<Integer> starts = new ArrayList<>();
        for (int i = 0; i < levels.size(); i++) {
            if (levels.get(i) > loudest - DYNAMIC_RANGE) {
                starts.add(i * HOP);
            }
        }
        return starts;
    }

    private static double[] overlapAdd(double[] x, List<Integer> starts) {
        double[] y = new double[starts.isEmpty() ? 0 : (starts.size() - 1) * HOP + FRAME];
        for (int f = 0; f < starts.size(); f++) {
            for (int i = 0; i < FRAME; i++) {
                y[f * HOP + i] += x[starts.get(f) + i] * WINDOW[i];
            }
        }
        return y;
    }

    /** Root of the band energies, [frames][bands] (equation 1). */
    private static double[][] bandEnvelopes(double[] x) {
        DoubleFFT_1D fft = new DoubleFFT_1D(FFT);
        double[] buffer = new double[FFT];
        List<double[]> frames = new ArrayList<>();
        for (int start = 0; start < x.length - FRAME; start += HOP) {
            Arrays.fill(buffer, 0);
            for (int i = 0; i < FRAME; i++) {
                buffer[i] = x[start + i] * WINDOW[i];
            }
            fft.realForward(buffer);
            double[] bands = new double[BANDS];
            for (int band = 0; band < BANDS; band++) {
                double energy = 0;
                // All bands lie strictly between bin 0 and the Nyquist bin.
                for (int k = BAND_BINS[band][0]; k < BAND_BINS[band][1]; k++) {
                    energy += buffer[2 * k] * buffer[2 * k] + buffer[2 * k + 1] * buffer[2 * k + 1];
                }
                bands[band] = Math.sqrt(energy);
            }
            frames.add(bands);
        }
        return frames.toArray(double[][]::new);
    }

    /** Hann window of which the two zeros at the ends are left off. */
    private static double[] window() {
        double[] w = new double[FRAME];
        for (int i = 0; i < FRAME; i++) {
            w[i] = 0.5 - 0.5 * Math.cos(2 * Math.PI * (i + 1) / (FRAME + 1));
        }
        return w;
    }

    /** First bin and the bin after the last of each third-octave band, with edges moved to the nearest bin. */
    private static int[][] bandBins() {
        int[][] bins = new int[BANDS][2];
        for (int band = 0; band < BANDS; band++) {
            double low = LOWEST_CENTRE * Math.pow(2, (2 * band - 1) / 6.0);
            double high = LOWEST_CENTRE * Math.pow(2, (2 * band + 1) / 6.0);
            bins[band][0] = (int) Math.rint(low * FFT / RATE);
            bins[band][1] = (int) Math.rint(high * FFT / RATE);
        }
        return bins;
    }
}
