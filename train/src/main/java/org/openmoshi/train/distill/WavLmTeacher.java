package org.openmoshi.train.distill;

import java.io.IOException;
import java.nio.file.Path;
import org.openmoshi.models.wavlm.WavLm;
import org.openmoshi.models.wavlm.WavLmConfig;
import org.openmoshi.models.wavlm.WavLmFile;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * WavLM as in the paper. Long recordings are computed in parts of 20 seconds, each with a second more to both sides that
 * is dropped again, since attention sees all of what it is given. If the model wants normalised input, mean and
 * variance are those of the whole recording.
 */
final class WavLmTeacher implements Teacher {
    private static final int PART = 1000; // frames
    private static final int CONTEXT = 50; // frames
    private static final double EPSILON = 1e-5;

    private final WavLm model;
    private final int layer;
    private final String identity;

    private WavLmTeacher(WavLm model, int layer, String weights) {
        this.model = model;
        this.layer = layer;
        this.identity = "wavlm " + weights + " layer " + layer + " parts of " + PART + " with " + CONTEXT;
    }

    /** Loads a checkpoint in any form. */
    static WavLmTeacher load(Path path, int layer) throws IOException {
        WavLm model = WavLmFile.read(path);
        boolean fits = false;
        try {
            WavLmConfig config = model.config();
            if (config.hop() != HOP || config.receptiveField() != SPAN) {
                throw new IOException(path + " has a frame every " + config.hop() + " samples over "
                        + config.receptiveField() + "; a teacher needs one every " + HOP + " over " + SPAN);
            }
            if (layer > config.encoderLayers()) {
                throw new IOException("distillation.layer is " + layer + ", but " + path + " has "
                        + config.encoderLayers() + " layers");
            }
            fits = true;
            return new WavLmTeacher(
                    model, layer, Digests.ofWeights(model.stateDict().tensors()));
        } finally {
            if (!fits) {
                model.close();
            }
        }
    }

    @Override
    public String identity() {
        return identity;
    }

    @Override
    public int width() {
        return model.config().encoderEmbedDim();
    }

    @Override
    public float[] features(float[] wav) {
        float[] input = model.config().normalize() ? normalised(wav) : wav;
        int frames = Teacher.frames(input.length);
        float[] all = new float[frames * width()];
        for (int first = 0; first < frames; first += PART) {
            int last = Math.min(frames, first + PART);
            int from = Math.max(0, first - CONTEXT);
            int to = Math.min(frames, last + CONTEXT);
            float[] part = new float[(to - from - 1) * HOP + SPAN];
            System.arraycopy(input, from * HOP, part, 0, part.length);
            try (Scope _ = Scope.open()) {
                Tensor features = model.features(Tensor.of(part, 1, part.length), layer);
                float[] values = features.slice(1, first - from, last - from).toFloats();
                System.arraycopy(values, 0, all, first * width(), values.length);
            }
        }
        return all;
    }

    private static float[] normalised(float[] wav) {
        double sum = 0;
        double squares = 0;
        for (float sample : wav) {
            sum += sample;
            squares += (double) sample * sample;
        }
        double mean = sum / wav.length;
        double scale = 1 / Math.sqrt(Math.max(0, squares / wav.length - mean * mean) + EPSILON);
        float[] out = new float[wav.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) ((wav[i] - mean) * scale);
        }
        return out;
    }

    @Override
    public void close() {
        model.close();
    }
}
