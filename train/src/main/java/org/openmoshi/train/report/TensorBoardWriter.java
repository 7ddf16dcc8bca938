package org.openmoshi.train.report;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.zip.CRC32C;
import org.openmoshi.train.audio.Audio;
import org.openmoshi.train.audio.WavWriter;

/**
 * Writes TensorBoard event files. A file is a row of records {@code length (8 bytes), CRC of the length (4), payload,
 * CRC of the payload (4)}, little-endian with masked CRC-32C; a payload is an {@code Event} message.
 *
 * <p>Each start of a run opens a new file in the same directory, which TensorBoard expects. A resumed run first writes
 * a session start with its step, upon which TensorBoard drops what the interrupted run had logged after it. An event
 * reaches the file as soon as it is written: after a crash at most the last one is torn, and TensorBoard skips it.
 */
public final class TensorBoardWriter implements Closeable {
    // Field numbers of tensorflow/core/util/event.proto and tensorflow/core/framework/summary.proto.
    private static final int EVENT_WALL_TIME = 1;
    private static final int EVENT_STEP = 2;
    private static final int EVENT_FILE_VERSION = 3;
    private static final int EVENT_SUMMARY = 5;
    private static final int EVENT_SESSION_LOG = 7;
    private static final int SESSION_STATUS = 1;
    private static final int SESSION_START = 1;
    private static final int SUMMARY_VALUE = 1;
    private static final int VALUE_TAG = 1;
    private static final int VALUE_SCALAR = 2;
    private static final int VALUE_IMAGE = 4;
    private static final int VALUE_AUDIO = 6;

    private final Path file;
    private final FileChannel channel;

    private TensorBoardWriter(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Opens a new event file for a run that starts at step 0.
     *
     * @param directory the log directory; created if missing
     * @throws IOException if the file cannot be made
     */
    public static TensorBoardWriter open(Path directory) throws IOException {
        Files.createDirectories(directory);
        // TensorBoard reads the files of a directory in the order of their names, so a later start needs a later one.
        for (long second = System.currentTimeMillis() / 1000; ; second++) {
            Path file = directory.resolve("events.out.tfevents.%010d.openmoshi".formatted(second));
            FileChannel channel;
            try {
                channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            } catch (FileAlreadyExistsException e) {
                continue;
            }
            TensorBoardWriter writer = new TensorBoardWriter(file, channel);
            writer.event(0, EVENT_FILE_VERSION, "brain.Event:2".getBytes(StandardCharsets.UTF_8));
            return writer;
        }
    }

    /**
     * Opens a new event file for a run that goes on after {@code step}.
     *
     * @param directory the log directory of the interrupted run
     * @param step the last step that the checkpoint holds; later ones are dropped from view
     * @throws IOException if the file cannot be made
     */
    public static TensorBoardWriter resume(Path directory, long step) throws IOException {
        TensorBoardWriter writer = open(directory);
        ProtobufMessage start = new ProtobufMessage().integer(SESSION_STATUS, SESSION_START);
        writer.event(step + 1, EVENT_SESSION_LOG, start.toByteArray());
        return writer;
    }

    /** Returns the file that is being written. */
    public Path file() {
        return file;
    }

    /**
     * Logs one number.
     *
     * @throws IOException if it cannot be written
     */
    public void scalar(String tag, long step, double value) throws IOException {
        scalars(step, Map.of(tag, value));
    }

    /**
     * Logs the numbers of one step together, by tag.
     *
     * @throws IOException if they cannot be written
     */
    public void scalars(long step, Map<String, Double> values) throws IOException {
        ProtobufMessage summary = new ProtobufMessage();
        values.forEach((tag, value) -> summary.message(
                SUMMARY_VALUE, new ProtobufMessage().string(VALUE_TAG, tag).float32(VALUE_SCALAR, value.floatValue())));
        event(step, EVENT_SUMMARY, summary.toByteArray());
    }

    /**
     * Logs a mono clip, stored as 16-bit WAV.
     *
     * @param samples in [-1, 1], [T]; clipped beyond
     * @param sampleRate in Hz
     * @throws IOException if it cannot be written
     */
    public void audio(String tag, long step, float[] samples, int sampleRate) throws IOException {
        ProtobufMessage audio = new ProtobufMessage()
                .float32(1, sampleRate)
                .integer(2, 1)
                .integer(3, samples.length)
                .bytes(4, WavWriter.pcm16Bytes(Audio.mono(sampleRate, samples)))
                .string(5, "audio/wav");
        value(tag, step, VALUE_AUDIO, audio);
    }

    /**
     * Logs an image.
     *
     * @param png the encoded image
     * @param width of it in pixels
     * @param height of it in pixels
     * @throws IOException if it cannot be written
     */
    public void image(String tag, long step, byte[] png, int width, int height) throws IOException {
        int rgb = 3;
        ProtobufMessage image = new ProtobufMessage()
                .integer(1, height)
                .integer(2, width)
                .integer(3, rgb)
                .bytes(4, png);
        value(tag, step, VALUE_IMAGE, image);
    }

    private void value(String tag, long step, int field, ProtobufMessage content) throws IOException {
        ProtobufMessage value = new ProtobufMessage().string(VALUE_TAG, tag).message(field, content);
        event(
                step,
                EVENT_SUMMARY,
                new ProtobufMessage().message(SUMMARY_VALUE, value).toByteArray());
    }

    private void event(long step, int field, byte[] content) throws IOException {
        ProtobufMessage event = new ProtobufMessage()
                .float64(EVENT_WALL_TIME, System.currentTimeMillis() / 1000.0)
                .integer(EVENT_STEP, step)
                .bytes(field, content);
        byte[] payload = event.toByteArray();
        ByteBuffer record = ByteBuffer.allocate(payload.length + 16).order(ByteOrder.LITTLE_ENDIAN);
        record.putLong(payload.length);
        record.putInt(maskedCrc(record.array(), 0, 8));
        record.put(payload);
        record.putInt(maskedCrc(record.array(), 12, payload.length));
        record.flip();
        while (record.hasRemaining()) {
            channel.write(record);
        }
    }

    /** CRC-32C, rotated and shifted so that a checksum of data that hold checksums stays strong. */
    static int maskedCrc(byte[] data, int offset, int length) {
        CRC32C crc = new CRC32C();
        crc.update(data, offset, length);
        return Integer.rotateRight((int) crc.getValue(), 15) + 0xA282EAD8;
    }

    /**
     * Forces what was written to the disk.
     *
     * @throws IOException if the disk refuses
     */
    public void flush() throws IOException {
        channel.force(false);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
