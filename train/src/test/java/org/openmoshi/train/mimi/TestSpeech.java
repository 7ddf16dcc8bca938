package org.openmoshi.train.mimi;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.openmoshi.train.audio.Audio;
import org.openmoshi.train.audio.WavWriter;

/** A few short files of a voice-like buzz, for tests that need something to train on. */
final class TestSpeech {
    static final int SAMPLE_RATE = 24000;

    private TestSpeech() {}

    /** Writes {@code files} WAVs of one to two seconds. */
    static Path write(Path folder, int files) throws IOException {
        Files.createDirectories(folder);
        Random random = new Random(5);
        for (int i = 0; i < files; i++) {
            float[] samples = new float[SAMPLE_RATE + random.nextInt(SAMPLE_RATE)];
            double pitch = 90 + 120 * random.nextDouble();
            double phase = 0;
            for (int t = 0; t < samples.length; t++) {
                phase += pitch * (1 + 0.1 * Math.sin(t / 4000.0)) / SAMPLE_RATE;
                double envelope = 0.5 + 0.5 * Math.sin(t / 2500.0 + i);
                double buzz = 0;
                for (int harmonic = 1; harmonic <= 8; harmonic++) {
                    buzz += Math.sin(2 * Math.PI * harmonic * phase) / harmonic;
                }
                samples[t] = (float) (0.3 * envelope * buzz + 0.01 * random.nextGaussian());
            }
            WavWriter.writePcm16(folder.resolve("buzz-" + i + ".wav"), Audio.mono(SAMPLE_RATE, samples));
        }
        return folder;
    }
}
