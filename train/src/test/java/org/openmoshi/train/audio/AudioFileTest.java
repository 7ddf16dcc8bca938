package org.openmoshi.train.audio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AudioFileTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "8,false,1,8000",
        "16,false,1,24000",
        "16,false,2,44100",
        "24,false,2,48000",
        "24,false,6,192000",
        "32,false,3,16000",
        "32,true,1,22050",
        "64,true,2,11025"
    })
    void readsWavOfEveryEncoding(int bits, boolean isFloat, int numChannels, int sampleRate) throws IOException {
        Audio tone = AudioFixtures.tone(sampleRate, numChannels, 1001);
        for (boolean extensible : new boolean[] {false, true}) {
            Path file = write(AudioFixtures.wav(tone, bits, isFloat, extensible));
            assertClose(AudioFile.read(file), tone, isFloat ? 0 : Math.scalb(1.0, -bits) * 1.01 + 1e-9);
            assertThat(AudioFile.probe(file)).isEqualTo(new AudioInfo(AudioFormat.WAV, sampleRate, numChannels, 1001));
        }
    }

    @ParameterizedTest
    @CsvSource({"8,''", "16,''", "24,''", "32,''", "16,NONE", "16,sowt", "32,fl32", "64,fl64"})
    void readsAiffOfEveryEncoding(int bits, String compression) throws IOException {
        Audio tone = AudioFixtures.tone(44_100, 2, 777);
        Path file = write(AudioFixtures.aiff(tone, bits, compression));
        double tolerance = compression.startsWith("fl") ? 0 : Math.scalb(1.0, -bits) * 1.01 + 1e-9;
        assertClose(AudioFile.read(file), tone, tolerance);
        assertThat(AudioFile.probe(file)).isEqualTo(new AudioInfo(AudioFormat.AIFF, 44_100, 2, 777));
    }

    @ParameterizedTest
    @CsvSource({"16,1", "16,2", "24,2", "16,5"})
    void readsFlac(int bits, int numChannels) throws IOException {
        Audio tone = AudioFixtures.tone(48_000, numChannels, 2500);
        Path file = write(AudioFixtures.flac(tone, bits, 1024));
        assertClose(AudioFile.read(file), tone, Math.scalb(1.0, -bits) * 1.01);
        assertThat(AudioFile.probe(file)).isEqualTo(new AudioInfo(AudioFormat.FLAC, 48_000, numChannels, 2500));
    }

    @Test
    void readsCompressedFlac() throws IOException {
        Path file = write(AudioFixtures.resource("stereo-44100.flac"));
        assertClose(AudioFile.read(file), AudioFixtures.tone(44_100, 2, 13_001), 2.0 / 32768);
    }

    @ParameterizedTest
    @CsvSource({"stereo-44100.mp3,44100,2,13001", "mono-22050.mp3,22050,1,11027"})
    void readsMp3WithoutEncoderDelayAndPadding(String name, int sampleRate, int numChannels, int length)
            throws IOException {
        Path file = write(AudioFixtures.resource(name));
        Audio tone = AudioFixtures.tone(sampleRate, numChannels, length);
        Audio decoded = AudioFile.read(file);
        assertThat(decoded.sampleRate()).isEqualTo(sampleRate);
        assertThat(decoded.numChannels()).isEqualTo(numChannels);
        assertThat(decoded.length()).isEqualTo(length);
        assertThat(AudioFile.probe(file)).isEqualTo(new AudioInfo(AudioFormat.MP3, sampleRate, numChannels, length));
        assertThat(signalToNoise(tone, decoded)).isGreaterThan(25);
    }

    @Test
    void cutsTheDecoderDelayOfMp3WithoutInformationFrame() throws IOException {
        Audio decoded = AudioFile.read(write(AudioFixtures.resource("mono-22050-no-tag.mp3")));
        assertThat(decoded.length() + 529).isEqualTo(576 * ((decoded.length() + 529) / 576));
        // The encoder's own delay of 576 samples is what remains: nothing in such a file tells of it.
        Audio tone = AudioFixtures.tone(22_050, 1, 11_027);
        float[] rest = Arrays.copyOfRange(decoded.mixDown(), 576, 576 + 11_027);
        assertThat(signalToNoise(tone, Audio.mono(22_050, rest))).isGreaterThan(25);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void readsOpusWithoutPreSkipAndPadding(int numChannels) throws IOException {
        Audio tone = AudioFixtures.tone(48_000, numChannels, 14_500);
        Path file = write(AudioFixtures.opus(tone));
        Audio decoded = AudioFile.read(file);
        assertThat(decoded.length()).isEqualTo(14_500);
        assertThat(AudioFile.probe(file)).isEqualTo(new AudioInfo(AudioFormat.OGG_OPUS, 48_000, numChannels, 14_500));
        assertThat(signalToNoise(tone, decoded)).isGreaterThan(15);
    }

    @Test
    void readsOpusOfTheReferenceEncoder() throws IOException {
        Audio decoded = AudioFile.read(write(AudioFixtures.resource("stereo-48000.opus")));
        assertThat(decoded.length()).isEqualTo(14_500);
        assertThat(signalToNoise(AudioFixtures.tone(48_000, 2, 14_500), decoded))
                .isGreaterThan(12);
    }

    @Test
    void readsAWindowAsPartOfTheWhole() throws IOException {
        Audio tone = AudioFixtures.tone(24_000, 2, 70_000);
        for (byte[] content : new byte[][] {AudioFixtures.wav16(tone), AudioFixtures.aiff(tone, 24, "")}) {
            Path file = write(content);
            Audio whole = AudioFile.read(file);
            Audio window = AudioFile.readWindow(file, 31_234, 36_000);
            for (int c = 0; c < 2; c++) {
                assertThat(window.channels()[c])
                        .isEqualTo(Arrays.copyOfRange(whole.channels()[c], 31_234, 31_234 + 36_000));
            }
            assertThatThrownBy(() -> AudioFile.readWindow(file, 69_999, 2))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void readsOneSample() throws IOException {
        Audio one = Audio.mono(8000, new float[] {0.5f});
        assertThat(AudioFile.read(write(AudioFixtures.wav16(one))).channels()[0])
                .containsExactly(0.5f);
        assertThat(AudioFile.read(write(AudioFixtures.aiff(one, 16, ""))).channels()[0])
                .containsExactly(0.5f);
        assertThat(AudioFile.read(write(AudioFixtures.flac(one, 16, 16))).channels()[0])
                .containsExactly(0.5f);
    }

    @Test
    void readsStreamedWavToItsEnd() throws IOException {
        byte[] wav = AudioFixtures.wav16(AudioFixtures.tone(16_000, 1, 500));
        ByteBuffer.wrap(wav).order(ByteOrder.LITTLE_ENDIAN).putInt(4, -1).putInt(40, -1);
        assertThat(AudioFile.read(write(wav)).length()).isEqualTo(500);
    }

    @Test
    void readsTheSizeOfRf64FromItsOwnChunk() throws IOException {
        byte[] wav = AudioFixtures.wav16(AudioFixtures.tone(16_000, 1, 500));
        ByteBuffer rf64 = ByteBuffer.allocate(wav.length + 36).order(ByteOrder.LITTLE_ENDIAN);
        rf64.put(AudioFixtures.ascii("RF64")).putInt(-1).put(AudioFixtures.ascii("WAVEds64"));
        rf64.putInt(28).putLong(0).putLong(900).putLong(450).putInt(0);
        rf64.put(wav, 12, wav.length - 12).putInt(36 + 40, -1);
        assertThat(AudioFile.read(write(rf64.array())).length()).isEqualTo(450);
    }

    @Test
    void recognisesTheFormatByContentNotName() throws IOException {
        Path misnamed = folder.resolve("speech.mp3");
        Files.write(misnamed, AudioFixtures.wav16(AudioFixtures.tone(16_000, 1, 100)));
        assertThat(AudioFile.probe(misnamed).format()).isEqualTo(AudioFormat.WAV);
    }

    @Test
    void saysWhatIsWrongWithFilesThatAreNoAudio() throws IOException {
        assertProblem(folder.resolve("none.wav"), "does not exist");
        assertProblem(folder, "is not a regular file");
        assertProblem(write(new byte[0]), "is empty (0 bytes)");
        assertProblem(write(AudioFixtures.ascii("Dear reader, this is text.")), "is not audio of a known kind");
        assertProblem(write(AudioFixtures.ascii("RIFF....AVI LIST")), "a RIFF file that is not WAVE is not supported");
        assertProblem(write(AudioFixtures.ascii("....ftypM4A ")), "MP4 or M4A audio is not supported");
    }

    @Test
    void saysWhatIsWrongWithWav() throws IOException {
        byte[] good = AudioFixtures.wav16(AudioFixtures.tone(16_000, 1, 500));
        assertProblem(write(Arrays.copyOf(good, 700)), "truncated: its header promises 1000 bytes of samples, 656");
        assertProblem(write(Arrays.copyOf(good, 30)), "truncated: it ends inside its fmt chunk");
        assertProblem(write(Arrays.copyOf(good, 38)), "truncated: a WAV header without a data chunk");
        assertProblem(write(AudioFixtures.wav16(Audio.mono(8000, new float[0]))), "holds no samples");
        assertProblem(write(edited(good, 20, 0x11)), "WAV encoding 0x11 is not supported");
        assertProblem(write(edited(good, 24, 3)), "corrupt: its header claims a sample rate of 3 Hz");
        assertProblem(write(edited(good, 22, 0)), "corrupt: its header claims frames of 2 bytes for 0 channels");
        assertProblem(write(edited(good, 40, 0x7FFFFFF0)), "truncated: its header promises 2147483632 bytes");
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void namesTheSampleThatIsNotFinite(float value) throws IOException {
        Audio tone = AudioFixtures.tone(16_000, 2, 500);
        tone.channels()[1][321] = value;
        assertProblem(write(AudioFixtures.wav(tone, 32, true, false)), "sample 321 of channel 1 is " + value);
        assertProblem(write(AudioFixtures.aiff(tone, 32, "fl32")), "sample 321 of channel 1 is " + value);
    }

    @Test
    void saysWhatIsWrongWithAiff() throws IOException {
        byte[] good = AudioFixtures.aiff(AudioFixtures.tone(16_000, 1, 500), 16, "");
        assertProblem(write(Arrays.copyOf(good, 700)), "truncated: its header promises 1000 bytes of samples, 646");
        assertProblem(write(Arrays.copyOf(good, 11)), "truncated: an AIFF header of 11 bytes");
        assertProblem(write(AudioFixtures.aiff(Audio.mono(8000, new float[0]), 16, "")), "holds no samples");
        assertProblem(
                write(AudioFixtures.aiff(AudioFixtures.tone(16_000, 1, 9), 16, "ulaw")),
                "AIFF-C compression 'ulaw' is not supported");
    }

    @Test
    void saysWhatIsWrongWithFlac() throws IOException {
        byte[] good = AudioFixtures.flac(AudioFixtures.tone(16_000, 1, 5000), 16, 1000);
        assertProblem(write(Arrays.copyOf(good, good.length - 1500)), "truncated: it ends inside its last FLAC frame");
        assertProblem(write(Arrays.copyOf(good, 20)), "truncated: a FLAC header of 20 bytes");
        assertProblem(write(Arrays.copyOf(good, 50)), "truncated: it ends before its first FLAC frame");
        byte[] flipped = good.clone();
        flipped[good.length / 2] ^= 1;
        assertProblem(write(flipped), "corrupt: ");
    }

    @Test
    void saysWhatIsWrongWithMp3() throws IOException {
        byte[] good = AudioFixtures.resource("stereo-44100.mp3");
        assertProblem(write(Arrays.copyOf(good, good.length - 100)), "truncated: it ends inside the MP3 frame");
        assertProblem(write(AudioFixtures.ascii("ID3\3\0\0\0\0\7\177...")), "truncated: it ends inside its ID3 tag");
        byte[] free = AudioFixtures.resource("mono-22050-no-tag.mp3");
        free[2] &= 0x0F;
        assertProblem(write(free), "free-format MP3 is not supported");
        byte[] hole = good.clone();
        Arrays.fill(hole, 2000, 2400, (byte) 'x');
        assertProblem(write(hole), "corrupt: no MP3 frame at byte");
    }

    @Test
    void saysWhatIsWrongWithOgg() throws IOException {
        byte[] good = AudioFixtures.resource("stereo-48000.opus");
        assertProblem(write(Arrays.copyOf(good, good.length - 100)), "truncated: it ends inside the page");
        byte[] flipped = good.clone();
        flipped[good.length - 50] ^= 1;
        assertProblem(write(flipped), "fails its checksum");
        byte[] vorbis = Arrays.copyOf(good, 64);
        System.arraycopy(AudioFixtures.ascii("\1vorbis"), 0, vorbis, 28, 7);
        assertProblem(write(vorbis), "Ogg Vorbis is not supported");
        assertProblem(write(concat(good, good)), "an Ogg file with several streams");
    }

    private static byte[] concat(byte[] a, byte[] b) {
        byte[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }

    private static byte[] edited(byte[] wav, int at, int value) {
        byte[] copy = wav.clone();
        ByteBuffer out = ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN);
        if (at == 24 || at == 40) {
            out.putInt(at, value);
        } else {
            out.putShort(at, (short) value);
        }
        return copy;
    }

    private Path write(byte[] content) throws IOException {
        Path file = folder.resolve("file.bin");
        Files.write(file, content);
        return file;
    }

    private static void assertProblem(Path file, String problem) {
        assertThatThrownBy(() -> AudioFile.read(file))
                .isInstanceOf(AudioException.class)
                .hasMessageStartingWith(file + ": ")
                .hasMessageContaining(problem)
                .hasMessageContaining("; ");
    }

    private static void assertClose(Audio actual, Audio expected, double tolerance) {
        assertThat(actual.sampleRate()).isEqualTo(expected.sampleRate());
        assertThat(actual.numChannels()).isEqualTo(expected.numChannels());
        assertThat(actual.length()).isEqualTo(expected.length());
        for (int c = 0; c < actual.numChannels(); c++) {
            for (int i = 0; i < actual.length(); i++) {
                assertThat((double) actual.channels()[c][i])
                        .as("channel %d sample %d", c, i)
                        .isCloseTo(expected.channels()[c][i], within(tolerance));
            }
        }
    }

    /** In dB, over all channels: aligned to the sample or not at all. */
    private static double signalToNoise(Audio signal, Audio decoded) {
        double energy = 0;
        double error = 0;
        for (int c = 0; c < signal.numChannels(); c++) {
            for (int i = 0; i < signal.length(); i++) {
                double difference = signal.channels()[c][i] - decoded.channels()[c][i];
                energy += signal.channels()[c][i] * signal.channels()[c][i];
                error += difference * difference;
            }
        }
        return 10 * Math.log10(energy / error);
    }
}
