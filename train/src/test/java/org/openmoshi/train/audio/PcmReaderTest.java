package org.openmoshi.train.audio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PcmReaderTest {
    private static final int RATE = 24_000;
    private static final int SIZE_OFFSET = 40; // of the data chunk in a plain WAV header

    private static PcmReader open(byte[] bytes, PcmFormat format) throws IOException {
        return PcmReader.open(new ByteArrayInputStream(bytes), "pipe", format, RATE);
    }

    private static float[] readAll(PcmReader reader, int frame) throws IOException {
        float[] samples = new float[frame];
        float[] all = new float[0];
        int count;
        do {
            count = reader.read(samples);
            all = Arrays.copyOf(all, all.length + count);
            System.arraycopy(samples, 0, all, all.length - count, count);
        } while (count == frame);
        return all;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** What the header says of the size is as true as a program that streams can say it. */
    @ParameterizedTest
    @ValueSource(ints = {200, -1, 0, 0x7FFFF024})
    void readsWavOfUnknownLength(int size) throws IOException {
        Audio tone = AudioFixtures.tone(RATE, 1, 100);
        byte[] wav = AudioFixtures.wav16(tone);
        ByteBuffer.wrap(wav).order(ByteOrder.LITTLE_ENDIAN).putInt(SIZE_OFFSET, size);
        assertThat(readAll(open(wav, PcmFormat.WAV), 32)).hasSize(100).startsWith(0f);
    }

    @Test
    void ignoresWhatFollowsTheData() throws IOException {
        byte[] wav = AudioFixtures.wav16(AudioFixtures.tone(RATE, 1, 100));
        assertThat(readAll(open(Arrays.copyOf(wav, wav.length + 50), PcmFormat.WAV), 32))
                .hasSize(100);
    }

    @Test
    void mixesChannelsDown() throws IOException {
        ByteBuffer wav = ByteBuffer.allocate(12 + 8 + 6 + 24 + 8 + 8).order(ByteOrder.LITTLE_ENDIAN);
        wav.put(ascii("RIFF")).putInt(-1).put(ascii("WAVE"));
        wav.put(ascii("LIST")).putInt(5).put(new byte[6]); // of odd size, and so padded
        wav.put(ascii("fmt ")).putInt(16).putShort((short) 1).putShort((short) 2);
        wav.putInt(RATE).putInt(4 * RATE).putShort((short) 4).putShort((short) 16);
        wav.put(ascii("data")).putInt(-1);
        wav.putShort((short) 16384).putShort((short) 0).putShort((short) -32768).putShort((short) 16384);
        assertThat(readAll(open(wav.array(), PcmFormat.WAV), 32)).containsExactly(0.25f, -0.25f);
    }

    @Test
    void readsSamplesWithoutAHeader() throws IOException {
        ByteBuffer shorts = ByteBuffer.allocate(5).order(ByteOrder.LITTLE_ENDIAN);
        shorts.putShort((short) 16384).putShort((short) -32768);
        assertThat(readAll(open(shorts.array(), PcmFormat.S16LE), 2)).containsExactly(0.5f, -1);
        ByteBuffer floats = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        floats.putFloat(0.3f).putFloat(Float.NaN);
        PcmReader reader = open(floats.array(), PcmFormat.F32LE);
        float[] one = new float[1];
        assertThat(reader.read(one)).isEqualTo(1);
        assertThat(one).containsExactly(0.3f);
        assertThatThrownBy(() -> reader.read(one))
                .isInstanceOf(AudioException.class)
                .hasMessageContaining("pipe: sample 1 of channel 0 is NaN");
    }

    @Test
    void saysWhatIsNoWav() throws IOException {
        byte[] wav = AudioFixtures.wav16(AudioFixtures.tone(8_000, 1, 10));
        assertThatThrownBy(() -> open(wav, PcmFormat.WAV)).hasMessageContaining("pipe: has 8000 Hz, the codec 24000");
        assertThatThrownBy(() -> open(new byte[50], PcmFormat.WAV)).hasMessageContaining("does not begin with RIFF");
        assertThatThrownBy(() -> open(Arrays.copyOf(wav, 30), PcmFormat.WAV))
                .hasMessageContaining("ends within its WAV header");
        for (int cut = 0; cut < 44; cut++) {
            byte[] start = Arrays.copyOf(wav, cut);
            assertThatThrownBy(() -> open(start, PcmFormat.WAV)).isInstanceOf(AudioException.class);
        }
    }

    @Test
    void whatIsWrittenComesBack() throws IOException {
        float[] samples = {0.5f, -1, 0.25f, 2};
        for (PcmFormat format : PcmFormat.values()) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            new PcmWriter(out, format, RATE).write(samples, 3);
            assertThat(readAll(open(out.toByteArray(), format), 10)).containsExactly(0.5f, -1, 0.25f);
        }
    }
}
