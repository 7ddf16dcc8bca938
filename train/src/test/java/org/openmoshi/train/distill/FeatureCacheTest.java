package org.openmoshi.train.distill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openmoshi.train.audio.Audio;
import org.openmoshi.train.audio.AudioException;
import org.openmoshi.train.audio.WavWriter;

class FeatureCacheTest {
    @TempDir
    private Path folder;

    private final Teacher teacher = new MelTeacher();
    private Path audio;

    @BeforeEach
    void speak() throws IOException {
        audio = write("a.wav", 1);
    }

    @AfterEach
    void dismiss() {
        teacher.close();
    }

    private Path write(String name, long seed) throws IOException {
        Random random = new Random(seed);
        float[] samples = new float[24000];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (float) (0.1 * random.nextGaussian());
        }
        Path file = folder.resolve(name);
        WavWriter.writePcm16(file, Audio.mono(24000, samples));
        return file;
    }

    private FeatureCache open() throws IOException {
        return new FeatureCache(folder.resolve("cache"), teacher, 0);
    }

    private Path entry() throws IOException {
        try (Stream<Path> all = Files.walk(folder.resolve("cache"))) {
            return all.filter(path -> path.toString().endsWith(".safetensors"))
                    .reduce((a, b) -> {
                        throw new IllegalStateException("more than one entry");
                    })
                    .orElseThrow();
        }
    }

    private static void counts(FeatureCache cache, int computed, int read, int damaged) {
        assertThat(new int[] {cache.computed(), cache.read(), cache.damaged()})
                .containsExactly(computed, read, damaged);
    }

    @Test
    void computesOnce() throws IOException {
        FeatureCache first = open();
        float[] features = first.features(audio);
        assertThat(features).hasSize(49 * 240);
        assertThat(first.features(audio)).isSameAs(features); // still in memory
        counts(first, 1, 0, 0);
        FeatureCache second = open();
        assertThat(second.features(audio)).containsExactly(features);
        counts(second, 0, 1, 0);
    }

    @Test
    void aRecordingIsKnownByItsContent() throws IOException {
        float[] features = open().features(audio);
        FeatureCache later = open();
        assertThat(later.features(Files.move(audio, folder.resolve("moved.wav"))))
                .containsExactly(features);
        assertThat(later.features(write("a.wav", 2))).isNotEqualTo(features);
        counts(later, 1, 1, 0);
    }

    @Test
    void anyDamageIsRepairedAndCounted() throws IOException {
        float[] features = open().features(audio);
        Path entry = entry();
        byte[] whole = Files.readAllBytes(entry);
        byte[] flipped = whole.clone();
        flipped[whole.length - 1000] ^= 1; // in the features
        byte[] renamed = whole.clone();
        renamed[20] ^= 1; // in the header
        byte[][] damages = {flipped, renamed, Arrays.copyOf(whole, whole.length - 1), new byte[0]};
        for (byte[] damage : damages) {
            Files.write(entry, damage);
            FeatureCache cache = open();
            assertThat(cache.features(audio)).containsExactly(features);
            counts(cache, 0, 0, 1);
            assertThat(Files.readAllBytes(entry)).isEqualTo(whole);
        }
    }

    @Test
    void anEntryOfAnotherKeyIsNotTaken() throws IOException {
        open().features(audio);
        Path entry = entry();
        byte[] ours = Files.readAllBytes(entry);
        Files.delete(entry);
        Path other = write("b.wav", 2);
        float[] features = open().features(other);
        Files.write(entry(), ours); // whole, but of another recording
        FeatureCache cache = open();
        assertThat(cache.features(other)).containsExactly(features);
        counts(cache, 0, 0, 1);
    }

    @Test
    void twoFilesInMemoryDoNotExceedTheLimit() throws IOException {
        FeatureCache cache = open(); // of no bytes: only the last one stays
        float[] features = cache.features(audio);
        cache.features(write("b.wav", 2));
        assertThat(cache.features(audio)).isNotSameAs(features).containsExactly(features);
        counts(cache, 2, 1, 0);
    }

    @Test
    void unreadableAudioIsNoEntry() throws IOException {
        Path broken = Files.writeString(folder.resolve("broken.wav"), "RIFF");
        FeatureCache cache = open();
        assertThatThrownBy(() -> cache.features(broken)).isInstanceOf(AudioException.class);
        assertThat(Arrays.asList(folder.resolve("cache").toFile().list())).isEmpty();
    }
}
