package org.openmoshi.train.audio;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Damaged files either still decode or fail with an AudioException: nothing else, and never without end. */
@Timeout(300)
class AudioFuzzTest {

    private static final int MUTATIONS = 200;

    @TempDir
    Path folder;

    static Stream<Named<byte[]>> files() {
        Audio mono = AudioFixtures.tone(16_000, 1, 1500);
        Audio stereo = AudioFixtures.tone(48_000, 2, 3000);
        return Stream.of(
                Named.of("wav", AudioFixtures.wav16(mono)),
                Named.of("wav extensible float", AudioFixtures.wav(stereo, 32, true, true)),
                Named.of("aiff", AudioFixtures.aiff(mono, 24, "")),
                Named.of("aifc", AudioFixtures.aiff(mono, 16, "sowt")),
                Named.of("flac verbatim", AudioFixtures.flac(mono, 16, 512)),
                Named.of("flac", AudioFixtures.resource("stereo-44100.flac")),
                Named.of("mp3", AudioFixtures.resource("stereo-44100.mp3")),
                Named.of("mp3 low rate", AudioFixtures.resource("mono-22050.mp3")),
                Named.of("opus", AudioFixtures.opus(stereo)));
    }

    @ParameterizedTest
    @MethodSource("files")
    void survivesFlippedBytes(byte[] file) throws IOException {
        Random random = new Random(1);
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] content = file.clone();
            // Half of the flips hit the header, where they do more harm.
            int range = i % 2 == 0 ? Math.min(64, content.length) : content.length;
            for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                content[random.nextInt(range)] = (byte) random.nextInt(256);
            }
            read(content);
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void survivesTruncation(byte[] file) throws IOException {
        Random random = new Random(2);
        for (int length = 0; length < Math.min(120, file.length); length++) {
            read(Arrays.copyOf(file, length));
        }
        for (int i = 0; i < 50; i++) {
            read(Arrays.copyOf(file, random.nextInt(file.length)));
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void survivesForeignBlocks(byte[] file) throws IOException {
        Random random = new Random(3);
        for (int i = 0; i < 100; i++) {
            byte[] content = file.clone();
            byte[] block = new byte[1 + random.nextInt(200)];
            random.nextBytes(block);
            int at = random.nextInt(content.length);
            System.arraycopy(block, 0, content, at, Math.min(block.length, content.length - at));
            read(content);
        }
    }

    @Test
    void survivesHostileOpusPacketsUnderValidChecksums() throws IOException {
        Audio stereo = AudioFixtures.tone(48_000, 2, 3000);
        List<byte[]> packets = AudioFixtures.opusPackets(stereo);
        int failures = 0;
        for (int i = 0; i < MUTATIONS; i++) {
            Random random = new Random(i);
            byte[] content = AudioFixtures.opus(stereo, packets, packet -> {
                byte[] edited = Arrays.copyOf(packet, Math.max(1, packet.length - random.nextInt(20)));
                for (int flips = random.nextInt(6); flips > 0; flips--) {
                    edited[random.nextInt(edited.length)] = (byte) random.nextInt(256);
                }
                return edited;
            });
            failures += read(content) ? 0 : 1;
        }
        assertThat(failures).isBetween(1, MUTATIONS - 1);
    }

    /** Whether the content could be read. */
    private boolean read(byte[] content) throws IOException {
        Path path = folder.resolve("fuzzed");
        Files.write(path, content);
        boolean readable = true;
        try {
            AudioFile.probe(path);
        } catch (AudioException e) {
            assertThat(e).hasMessageStartingWith(path.toString());
            readable = false;
        }
        try {
            Audio audio = AudioFile.read(path);
            assertThat(audio.length()).isPositive();
        } catch (AudioException e) {
            assertThat(e).hasMessageStartingWith(path.toString());
            readable = false;
        }
        return readable;
    }
}
