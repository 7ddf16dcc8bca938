package org.openmoshi.train.distill;

import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.train.loss.MelSpectrogram;

/**
 * A teacher that needs no weights: 80 log-mel bands, their first and second differences in time over two frames to each
 * side (the regression of HTK's book, section 5.9), each of the 240 numbers normalised to mean 0 and variance 1 over
 * the file, so that neither loudness nor the microphone counts. It knows what sounds are, not what they mean.
 */
final class MelTeacher implements Teacher {
    private static final int MELS = 80;
    private static final int WINDOW = 512;
    private static final int DELTA_REACH = 2;
    private static final double FLOOR = 1e-5;

    /** Added to variances: bands that never change, as in silence, stay near 0. */
    private static final double VARIANCE_FLOOR = 1e-4;

    /** Frames that are transformed at a time. */
    private static final int CHUNK = 1000;

    private final MelSpectrogram mel = new MelSpectrogram(SAMPLE_RATE, WINDOW, HOP, MELS, 0, SAMPLE_RATE / 2.0, 0);

    @Override
    public String identity() {
        return "mel stack 1: 80 bands, window 512, deltas over 2, per-file normalisation";
    }

    @Override
    public int width() {
        return 3 * MELS;
    }

    @Override
    public float[] features(float[] wav) {
        int frames = Teacher.frames(wav.length);
        float[] values = logMel(wav, frames);
        float[] delta = delta(values, frames);
        float[] deltaDelta = delta(delta, frames);
        float[] all = new float[frames * width()];
        float[][] parts = {values, delta, deltaDelta};
        for (int part = 0; part < parts.length; part++) {
            for (int band = 0; band < MELS; band++) {
                normalise(parts[part], band, frames, all, part * MELS + band);
            }
        }
        return all;
    }

    /** The window is wider than a frame's samples and centred on them; beyond the ends there is silence. */
    private float[] logMel(float[] wav, int frames) {
        int margin = (WINDOW - SPAN) / 2;
        float[] values = new float[frames * MELS];
        for (int first = 0; first < frames; first += CHUNK) {
            int count = Math.min(CHUNK, frames - first);
            float[] part = new float[(count - 1) * HOP + WINDOW];
            int start = first * HOP - margin;
            int from = Math.max(0, start);
            int to = Math.min(wav.length, start + part.length);
            System.arraycopy(wav, from, part, from - start, to - from);
            try (Scope _ = Scope.open()) {
                float[] bands = mel.forward(Tensor.of(part, 1, part.length)).toFloats();
                for (int i = 0; i < count * MELS; i++) {
                    values[first * MELS + i] = (float) Math.log10(FLOOR + bands[i]);
                }
            }
        }
        return values;
    }

    /** Slope of the regression line over neighbouring frames; the first and last frame repeat beyond the ends. */
    private static float[] delta(float[] values, int frames) {
        float[] slopes = new float[values.length];
        double norm = 0;
        for (int d = 1; d <= DELTA_REACH; d++) {
            norm += 2.0 * d * d;
        }
        for (int t = 0; t < frames; t++) {
            for (int band = 0; band < MELS; band++) {
                double sum = 0;
                for (int d = 1; d <= DELTA_REACH; d++) {
                    int after = Math.min(frames - 1, t + d);
                    int before = Math.max(0, t - d);
                    sum += d * (values[after * MELS + band] - values[before * MELS + band]);
                }
                slopes[t * MELS + band] = (float) (sum / norm);
            }
        }
        return slopes;
    }

    private void normalise(float[] values, int band, int frames, float[] out, int column) {
        double sum = 0;
        double squares = 0;
        for (int t = 0; t < frames; t++) {
            double value = values[t * MELS + band];
            sum += value;
            squares += value * value;
        }
        double mean = sum / frames;
        double scale = 1 / Math.sqrt(Math.max(0, squares / frames - mean * mean) + VARIANCE_FLOOR);
        for (int t = 0; t < frames; t++) {
            out[t * width() + column] = (float) ((values[t * MELS + band] - mean) * scale);
        }
    }

    @Override
    public void close() {
        mel.close();
    }
}
