package org.openmoshi.train.distill;

import java.io.IOException;
import java.nio.file.Path;

/** Computes features of speech: 50 frames a second, frame i from the samples [320 i, 320 i + 400) at 16 kHz. */
public sealed interface Teacher extends AutoCloseable permits MelTeacher, WavLmTeacher {
    /** Of the waveform, Hz. */
    int SAMPLE_RATE = 16000;

    /** Samples from one frame to the next. */
    int HOP = 320;

    /** Samples that a frame covers. */
    int SPAN = 400;

    /** Opens the teacher of a configuration that has one. */
    static Teacher open(DistillationConfig config) throws IOException {
        return switch (config.teacher()) {
            case MEL -> new MelTeacher();
            case WAVLM -> WavLmTeacher.load(Path.of(config.path()), config.layer());
            case NONE -> throw new IllegalArgumentException("distillation.teacher is none");
        };
    }

    /** Frames of a number of samples. */
    static int frames(int samples) {
        return samples < SPAN ? 0 : (samples - SPAN) / HOP + 1;
    }

    /** What features depend on beside the waveform; equal identities give equal features. */
    String identity();

    /** Numbers per frame. */
    int width();

    /** Features of a whole recording at 16 kHz: [frames * width], frame after frame. */
    float[] features(float[] wav);

    @Override
    void close();
}
