package org.openmoshi.train.audio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WavWriterTest {

    @TempDir
    Path folder;

    @Test
    void writesFloatsExactly() throws IOException {
        Path file = folder.resolve("a.wav");
        Audio audio = new Audio(24_000, new float[][] {{0, 1.5f, -1e-20f}, {0.1f, -0.2f, 3}});
        WavWriter.writeFloat32(file, audio);
        Audio back = AudioFile.read(file);
        assertThat(back.sampleRate()).isEqualTo(24_000);
        assertThat(back.channels()).isDeepEqualTo(audio.channels());
    }

    @Test
    void readsBackTheSame16Bits() throws IOException {
        Path first = folder.resolve("a.wav");
        Path second = folder.resolve("b.wav");
        assertThat(WavWriter.writePcm16(first, AudioFixtures.tone(16_000, 2, 40_000)))
                .isZero();
        assertThat(WavWriter.writePcm16(second, AudioFile.read(first))).isZero();
        assertThat(second).hasSameBinaryContentAs(first);
    }

    @Test
    void holdsLoudSamplesAtTheLimitAndCountsThem() throws IOException {
        Path file = folder.resolve("a.wav");
        Audio loud = Audio.mono(8000, new float[] {1.2f, -1.2f, 0.25f, 1e30f, -1e30f, -1});
        assertThat(WavWriter.writePcm16(file, loud)).isEqualTo(4);
        float top = 32767 / 32768f;
        assertThat(AudioFile.read(file).channels()[0]).containsExactly(top, -1, 0.25f, top, -1, -1);
    }

    @Test
    void inMemoryIsTheSameFile() throws IOException {
        Path file = folder.resolve("a.wav");
        Audio audio = AudioFixtures.tone(16_000, 2, 1000);
        WavWriter.writePcm16(file, audio);
        assertThat(file).hasBinaryContent(WavWriter.pcm16Bytes(audio));
    }

    @Test
    void inMemoryLoudSamplesAreHeldAtTheLimitAndNaNIsSilence() {
        byte[] wav = WavWriter.pcm16Bytes(Audio.mono(8000, new float[] {2, -2, Float.NaN}));
        assertThat(Arrays.copyOfRange(wav, 44, wav.length)).containsExactly(0xFF, 0x7F, 0x00, 0x80, 0, 0);
    }

    @Test
    void leavesTheOldFileWhenItFails() throws IOException {
        Path file = folder.resolve("a.wav");
        WavWriter.writePcm16(file, AudioFixtures.tone(8000, 1, 10));
        byte[] before = Files.readAllBytes(file);
        assertThatThrownBy(() -> WavWriter.writePcm16(file, Audio.mono(8000, new float[] {0, Float.NaN})))
                .isInstanceOf(AudioException.class)
                .hasMessageContaining("sample 1 is NaN");
        assertThat(file).hasBinaryContent(before);
        assertThat(folder).isDirectoryNotContaining(path -> path.toString().endsWith(".part"));
    }

    @Test
    void namesTheFileThatCannotBeWritten() {
        Path file = folder.resolve("missing/a.wav");
        assertThatThrownBy(() -> WavWriter.writePcm16(file, AudioFixtures.tone(8000, 1, 10)))
                .isInstanceOf(AudioException.class)
                .hasMessageStartingWith(file.toString())
                .hasMessageContaining("cannot be written");
    }
}
