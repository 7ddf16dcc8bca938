package org.openmoshi.train.distill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.openmoshi.models.golden.Comparison;
import org.openmoshi.models.wavlm.WavLm;
import org.openmoshi.models.wavlm.WavLmFile;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.testing.LeakExtension;

@ExtendWith(LeakExtension.class)
class TeacherTest {
    @TempDir
    private Path folder;

    /** Noise whose loudness and colour change. */
    private static float[] speech(int samples) {
        Random random = new Random(3);
        float[] wav = new float[samples];
        double low = 0;
        for (int i = 0; i < samples; i++) {
            low = 0.9 * low + random.nextGaussian();
            double mix = 0.5 + 0.5 * Math.sin(i / 3000.0);
            wav[i] = (float) (0.02 * (mix * low + (1 - mix) * random.nextGaussian()) * (1.2 + Math.sin(i / 5000.0)));
        }
        return wav;
    }

    @Test
    void melFeaturesAreNormalisedOverTheFile() {
        float[] wav = speech(16000 * 25); // more than one part
        try (Teacher teacher = new MelTeacher()) {
            float[] features = teacher.features(wav);
            int frames = Teacher.frames(wav.length);
            assertThat(features).hasSize(frames * 240);
            for (int column = 0; column < 240; column += 17) {
                double sum = 0;
                double squares = 0;
                for (int t = 0; t < frames; t++) {
                    sum += features[t * 240 + column];
                    squares += Math.pow(features[t * 240 + column], 2);
                }
                assertThat(sum / frames).isCloseTo(0, within(1e-4));
                assertThat(squares / frames).isBetween(0.5, 1.0001); // differences vary little beside the floor
            }
        }
    }

    @Test
    void melFeaturesFollowTheSoundAndHardlyTheLoudness() {
        float[] wav = speech(32000);
        float[] louder = wav.clone();
        for (int i = 0; i < louder.length; i++) {
            louder[i] *= 2;
        }
        // a tone in the second half of what was noise
        float[] other = wav.clone();
        for (int i = 16000; i < other.length; i++) {
            other[i] = (float) (0.1 * Math.sin(i * 0.4));
        }
        try (Teacher teacher = new MelTeacher()) {
            double[] features = doubles(teacher.features(wav));
            assertThat(Comparison.relativeError(doubles(teacher.features(louder)), features))
                    .isLessThan(0.02);
            assertThat(Comparison.relativeError(doubles(teacher.features(other)), features))
                    .isGreaterThan(0.5);
        }
    }

    @Test
    void silenceGivesFiniteFeatures() {
        try (Teacher teacher = new MelTeacher()) {
            assertThat(teacher.features(new float[2000])).hasSize(6 * 240).containsOnly(0f);
            assertThat(teacher.features(new float[399])).isEmpty();
        }
    }

    @Test
    void wavLmFeaturesAreThoseOfTheModel() throws IOException {
        Path file = folder.resolve("teacher.safetensors");
        float[] wav = speech(20000);
        try (Scope _ = Scope.open();
                WavLm model = TestWavLm.random(1)) {
            WavLmFile.write(model, file, WavLmFile.Form.SAFETENSORS);
            double[] expected = model.forward(Tensor.of(wav, 1, wav.length)).toDoubles();
            try (Teacher teacher = WavLmTeacher.load(file, 0)) {
                assertThat(teacher.width()).isEqualTo(TestWavLm.WIDTH);
                assertThat(Comparison.relativeError(doubles(teacher.features(wav)), expected))
                        .isLessThan(1e-5);
            }
        }
    }

    @Test
    void longRecordingsAreComputedInPartsThatHardlyShow() throws IOException {
        Path file = folder.resolve("teacher.pt");
        float[] wav = speech(16000 * 41 + 123);
        try (Scope _ = Scope.open();
                WavLm model = TestWavLm.random(1)) {
            WavLmFile.write(model, file, WavLmFile.Form.PT);
            double[] whole = model.forward(Tensor.of(wav, 1, wav.length)).toDoubles();
            try (Teacher teacher = WavLmTeacher.load(file, 0)) {
                double[] parts = doubles(teacher.features(wav));
                assertThat(parts).hasSameSizeAs(whole);
                // attention without training spreads over all that it sees; frames out of place would give an error
                // near 1
                assertThat(Comparison.relativeError(parts, whole)).isLessThan(0.1);
            }
        }
    }

    @Test
    void identityTellsWeightsAndLayersApartButNotForms() throws IOException {
        Path pt = folder.resolve("a.pt");
        Path folderForm = folder.resolve("a");
        Path other = folder.resolve("b.pt");
        try (WavLm model = TestWavLm.random(1);
                WavLm another = TestWavLm.random(2)) {
            WavLmFile.write(model, pt, WavLmFile.Form.PT);
            WavLmFile.write(model, folderForm, WavLmFile.Form.HUGGINGFACE);
            WavLmFile.write(another, other, WavLmFile.Form.PT);
        }
        String identity = identity(pt, 0);
        assertThat(identity(folderForm, 0)).isEqualTo(identity);
        assertThat(identity(pt, 1)).isNotEqualTo(identity);
        assertThat(identity(other, 0)).isNotEqualTo(identity);
        assertThatThrownBy(() -> WavLmTeacher.load(pt, 3)).hasMessageContaining("2 layers");
    }

    private static String identity(Path path, int layer) throws IOException {
        try (Teacher teacher = WavLmTeacher.load(path, layer)) {
            return teacher.identity();
        }
    }

    private static double[] doubles(float[] values) {
        double[] doubles = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            doubles[i] = values[i];
        }
        return doubles;
    }
}
