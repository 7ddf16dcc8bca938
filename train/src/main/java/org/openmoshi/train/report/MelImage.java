package org.openmoshi.train.report;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.util.Arrays;
import org.openmoshi.train.eval.MelSpectrogram;

/**
 * The bare picture of a log-mel spectrogram: time to the right, mels upwards, colour for level over 80 dB. Axes are
 * drawn around it by {@link SpectrogramPlot} and by the page of {@link HtmlReport}.
 */
final class MelImage {
    static final double RANGE_DB = 80;

    private static final int WINDOW = 1024;
    private static final int HOP = 128;
    private static final int NUM_MELS = 96;
    // A full-scale tone has +48 dB.
    private static final double QUIETEST_PEAK_DB = -20;
    private static final double FLOOR = 1e-5;
    private static final int[] TICKS_HZ = {250, 500, 1000, 2000, 4000, 8000, 16_000};

    private final int sampleRate;
    private final MelSpectrogram spectrogram;

    MelImage(int sampleRate) {
        this.sampleRate = sampleRate;
        this.spectrogram = new MelSpectrogram(sampleRate, WINDOW, HOP, NUM_MELS, 0, sampleRate / 2.0);
    }

    /**
     * Returns the level of the loudest cell in dB, to be given to the images that are to be compared; at least -20, so
     * that silence is drawn dark.
     */
    double peakDb(float[] samples) {
        double peak = QUIETEST_PEAK_DB;
        for (float[] row : levels(samples)) {
            for (float level : row) {
                peak = Math.max(peak, level);
            }
        }
        return peak;
    }

    /**
     * Draws the spectrogram into a palette image.
     *
     * @param samples [T]
     * @param peakDb the level that gets the brightest colour; 80 dB below it is the darkest
     */
    BufferedImage render(float[] samples, double peakDb, int width, int height) {
        float[][] levels = levels(samples);
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_INDEXED, Colormap.palette());
        byte[] pixels = ((DataBufferByte) image.getRaster().getDataBuffer()).getData();
        for (int py = 0; py < height; py++) {
            double mel = (height - 0.5 - py) / height * NUM_MELS - 0.5;
            for (int px = 0; px < width; px++) {
                double time = (px + 0.5) / width * levels.length - 0.5;
                double loudness = (interpolate(levels, time, mel) - peakDb) / RANGE_DB + 1;
                pixels[py * width + px] = (byte) Math.round(Math.clamp(loudness, 0.0, 1.0) * (Colormap.SIZE - 1));
            }
        }
        return image;
    }

    /** Returns the frequencies to label, Hz. */
    int[] ticksHz() {
        return Arrays.stream(TICKS_HZ).filter(hz -> hz <= sampleRate / 2).toArray();
    }

    /** Returns where a frequency lies, from 0 at the bottom to 1 at the top. */
    double position(double hz) {
        return MelSpectrogram.hzToMel(hz) / MelSpectrogram.hzToMel(sampleRate / 2.0);
    }

    /** Returns a round distance of time labels in seconds that gives at most 8 of them. */
    static double timeStep(double seconds) {
        double[] steps = {0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60};
        for (double step : steps) {
            if (seconds / step <= 8) {
                return step;
            }
        }
        return Math.ceil(seconds / 8 / 60) * 60;
    }

    private float[][] levels(float[] samples) {
        // Half a window of silence on both sides puts the middle of the first and last frame at the edges.
        float[] padded = new float[samples.length + WINDOW];
        System.arraycopy(samples, 0, padded, WINDOW / 2, samples.length);
        float[][] mel = spectrogram.compute(padded);
        for (float[] row : mel) {
            for (int m = 0; m < row.length; m++) {
                row[m] = (float) (20 * Math.log10(FLOOR + row[m]));
            }
        }
        return mel;
    }

    private static double interpolate(float[][] levels, double time, double mel) {
        double t = Math.clamp(time, 0.0, levels.length - 1.0);
        double m = Math.clamp(mel, 0.0, NUM_MELS - 1.0);
        int t0 = Math.min((int) t, Math.max(0, levels.length - 2));
        int t1 = Math.min(t0 + 1, levels.length - 1);
        int m0 = Math.min((int) m, NUM_MELS - 2);
        double low = levels[t0][m0] + (t - t0) * (levels[t1][m0] - levels[t0][m0]);
        double high = levels[t0][m0 + 1] + (t - t0) * (levels[t1][m0 + 1] - levels[t0][m0 + 1]);
        return low + (m - m0) * (high - low);
    }
}
