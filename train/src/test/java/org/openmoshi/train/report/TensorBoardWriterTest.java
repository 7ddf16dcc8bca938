package org.openmoshi.train.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openmoshi.train.audio.Audio;
import org.openmoshi.train.audio.WavWriter;
import org.tensorflow.framework.Summary;
import org.tensorflow.util.Event;
import org.tensorflow.util.SessionLog;

/** Reads the files back with TensorFlow's own message classes and a CRC computed bit by bit. */
class TensorBoardWriterTest {
    @TempDir
    Path directory;

    @Test
    void scalars() throws IOException {
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("loss/mel", 1.5);
        values.put("loss/l1", Double.NaN);
        Path file;
        try (TensorBoardWriter writer = TensorBoardWriter.open(directory)) {
            writer.scalars(7, values);
            writer.scalar("rate", 5_000_000_000L, -0.25);
            file = writer.file();
        }
        List<Event> events = read(file);
        assertThat(events).hasSize(3);
        assertThat(events.get(0).getFileVersion()).isEqualTo("brain.Event:2");
        assertThat(events.get(0).getWallTime()).isBetween(1.6e9, 1e11);
        assertThat(events.get(1).getStep()).isEqualTo(7);
        List<Summary.Value> summary = events.get(1).getSummary().getValueList();
        assertThat(summary).extracting(Summary.Value::getTag).containsExactly("loss/mel", "loss/l1");
        assertThat(summary.get(0).getSimpleValue()).isEqualTo(1.5f);
        assertThat(summary.get(1).getSimpleValue()).isNaN();
        assertThat(events.get(2).getStep()).isEqualTo(5_000_000_000L);
        assertThat(events.get(2).getSummary().getValue(0).getSimpleValue()).isEqualTo(-0.25f);
    }

    @Test
    void audioAndImages() throws IOException {
        byte[] png = {1, 2, 3, -4};
        Path file;
        try (TensorBoardWriter writer = TensorBoardWriter.open(directory)) {
            writer.audio("clip/trained", 3, new float[] {0, 0.5f, -1}, 24_000);
            writer.image("clip/mel", 3, png, 640, 200);
            writer.flush();
            file = writer.file();
        }
        List<Event> events = read(file);
        Summary.Audio audio = events.get(1).getSummary().getValue(0).getAudio();
        assertThat(audio.getSampleRate()).isEqualTo(24_000f);
        assertThat(audio.getNumChannels()).isEqualTo(1);
        assertThat(audio.getLengthFrames()).isEqualTo(3);
        assertThat(audio.getContentType()).isEqualTo("audio/wav");
        assertThat(audio.getEncodedAudioString().toByteArray())
                .isEqualTo(WavWriter.pcm16Bytes(Audio.mono(24_000, new float[] {0, 0.5f, -1})));
        Summary.Value value = events.get(2).getSummary().getValue(0);
        assertThat(value.getTag()).isEqualTo("clip/mel");
        assertThat(value.getImage().getWidth()).isEqualTo(640);
        assertThat(value.getImage().getHeight()).isEqualTo(200);
        assertThat(value.getImage().getColorspace()).isEqualTo(3);
        assertThat(value.getImage().getEncodedImageString().toByteArray()).isEqualTo(png);
    }

    @Test
    void eventsAreInTheFileBeforeItIsClosed() throws IOException {
        try (TensorBoardWriter writer = TensorBoardWriter.open(directory)) {
            writer.scalar("a", 1, 2);
            assertThat(read(writer.file())).hasSize(2);
        }
    }

    @Test
    void aResumedRunGoesIntoALaterFileThatDropsLaterSteps() throws IOException {
        try (TensorBoardWriter first = TensorBoardWriter.open(directory);
                TensorBoardWriter second = TensorBoardWriter.resume(directory, 100)) {
            assertThat(second.file().getFileName().toString())
                    .isGreaterThan(first.file().getFileName().toString())
                    .contains("tfevents");
            Event start = read(second.file()).get(1);
            assertThat(start.getStep()).isEqualTo(101);
            assertThat(start.getSessionLog().getStatus()).isEqualTo(SessionLog.SessionStatus.START);
        }
    }

    @Test
    void maskedCrcOfTheStandardCheckString() {
        byte[] digits = "123456789".getBytes(StandardCharsets.US_ASCII);
        assertThat(crc32c(digits)).isEqualTo(0xE3069283);
        assertThat(TensorBoardWriter.maskedCrc(digits, 0, 9)).isEqualTo(mask(0xE3069283));
    }

    private static List<Event> read(Path file) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        List<Event> events = new ArrayList<>();
        while (in.hasRemaining()) {
            byte[] length = new byte[8];
            in.get(length);
            assertThat(in.getInt()).isEqualTo(mask(crc32c(length)));
            byte[] payload = new byte
                    [(int) ByteBuffer.wrap(length)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .getLong()];
            in.get(payload);
            assertThat(in.getInt()).isEqualTo(mask(crc32c(payload)));
            events.add(Event.parseFrom(payload));
        }
        return events;
    }

    private static int mask(int crc) {
        return ((crc >>> 15) | (crc << 17)) + 0xa282ead8;
    }

    private static int crc32c(byte[] data) {
        int crc = -1;
        for (byte b : data) {
            crc ^= b & 0xFF;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 1) == 0 ? crc >>> 1 : (crc >>> 1) ^ 0x82F63B78;
            }
        }
        return ~crc;
    }
}
