package org.openmoshi.train.audio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Writes WAV files, first under a temporary name beside the target: a full disk or a kill never leaves a half-written
 * file under the name asked for, nor destroys what was there.
 */
public final class WavWriter {
    // format tags
    private static final int PCM = 1;
    private static final int IEEE_FLOAT = 3;

    private static final int HEADER_BYTES = 44;
    private static final int CHUNK_FRAMES = 1 << 14;

    private WavWriter() {}

    /**
     * Writes 16-bit PCM. Samples outside [-1, 1) are held at the limit rather than wrapped around.
     *
     * @return how many samples had to be held at the limit
     * @throws AudioException if the audio holds NaN, is too long for WAV's 32-bit sizes, or cannot be written
     */
    public static long writePcm16(Path file, Audio audio) throws AudioException {
        long[] clipped = {0};
        write(file, audio, PCM, Short.BYTES, (out, sample) -> {
            int value = Math.round(sample * 32768f);
            if (value > Short.MAX_VALUE || value < Short.MIN_VALUE) {
                clipped[0]++;
            }
            out.putShort(pcm16(sample));
        });
        return clipped[0];
    }

    /**
     * Returns 16-bit PCM WAV in memory, the one form of audio that every browser and TensorBoard play. Samples outside
     * [-1, 1) are held at the limit, NaN becomes silence.
     *
     * @throws ArithmeticException if the file would be longer than an array
     */
    public static byte[] pcm16Bytes(Audio audio) {
        int dataBytes = Math.multiplyExact(Math.multiplyExact(audio.length(), audio.numChannels()), Short.BYTES);
        ByteBuffer wav =
                ByteBuffer.allocate(Math.addExact(HEADER_BYTES, dataBytes)).order(ByteOrder.LITTLE_ENDIAN);
        wav.put(header(audio, PCM, Short.BYTES, dataBytes));
        for (int i = 0; i < audio.length(); i++) {
            for (float[] channel : audio.channels()) {
                wav.putShort(pcm16(channel[i]));
            }
        }
        return wav.array();
    }

    static short pcm16(float sample) {
        return (short) Math.clamp(Math.round(sample * 32768f), Short.MIN_VALUE, Short.MAX_VALUE);
    }

    /**
     * Writes 32-bit floats, exactly as they are.
     *
     * @throws AudioException if the audio holds NaN, is too long for WAV's 32-bit sizes, or cannot be written
     */
    public static void writeFloat32(Path file, Audio audio) throws AudioException {
        write(file, audio, IEEE_FLOAT, Float.BYTES, ByteBuffer::putFloat);
    }

    private interface SampleEncoder {
        void put(ByteBuffer out, float sample);
    }

    private static void write(Path file, Audio audio, int formatTag, int sampleBytes, SampleEncoder encoder)
            throws AudioException {
        int frameBytes = audio.numChannels() * sampleBytes;
        long dataBytes = (long) audio.length() * frameBytes;
        if (dataBytes + HEADER_BYTES > 0xFFFF_FFFFL) {
            throw new AudioException(file, "is too long for a WAV file", "write it in parts");
        }
        requireFinite(file, audio);
        Path partial = file.resolveSibling(file.getFileName() + ".part");
        try {
            try (FileChannel out = FileChannel.open(
                    partial,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.TRUNCATE_EXISTING)) {
                writeFully(out, header(audio, formatTag, sampleBytes, dataBytes));
                ByteBuffer buffer =
                        ByteBuffer.allocate(CHUNK_FRAMES * frameBytes).order(ByteOrder.LITTLE_ENDIAN);
                for (int start = 0; start < audio.length(); start += CHUNK_FRAMES) {
                    int end = Math.min(audio.length(), start + CHUNK_FRAMES);
                    for (int i = start; i < end; i++) {
                        for (float[] channel : audio.channels()) {
                            encoder.put(buffer, channel[i]);
                        }
                    }
                    writeFully(out, buffer.flip());
                    buffer.clear();
                }
            }
            Files.move(partial, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            AudioException failure = new AudioException(
                    file,
                    "cannot be written (" + e.getClass().getSimpleName() + ": " + e.getMessage() + ")",
                    "check that the folder exists, may be written and has space left",
                    e);
            try {
                Files.deleteIfExists(partial);
            } catch (IOException suppressed) {
                failure.addSuppressed(suppressed);
            }
            throw failure;
        }
    }

    private static ByteBuffer header(Audio audio, int formatTag, int sampleBytes, long dataBytes) {
        return header(audio.sampleRate(), audio.numChannels(), formatTag, sampleBytes, dataBytes);
    }

    /** The header of 16-bit mono of unknown length, as programs write it which stream into a pipe. */
    static byte[] streamHeader(int sampleRate) {
        return header(sampleRate, 1, PCM, Short.BYTES, 0xFFFF_FFFFL).array();
    }

    private static ByteBuffer header(int sampleRate, int numChannels, int formatTag, int sampleBytes, long dataBytes) {
        int frameBytes = numChannels * sampleBytes;
        return ByteBuffer.allocate(HEADER_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(ascii("RIFF"))
                .putInt((int) Math.min(0xFFFF_FFFFL, dataBytes + HEADER_BYTES - 8))
                .put(ascii("WAVEfmt "))
                .putInt(16)
                .putShort((short) formatTag)
                .putShort((short) numChannels)
                .putInt(sampleRate)
                .putInt(sampleRate * frameBytes)
                .putShort((short) frameBytes)
                .putShort((short) (8 * sampleBytes))
                .put(ascii("data"))
                .putInt((int) dataBytes)
                .flip();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static void writeFully(FileChannel out, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            out.write(buffer);
        }
    }

    private static void requireFinite(Path file, Audio audio) throws AudioException {
        for (float[] channel : audio.channels()) {
            for (int i = 0; i < channel.length; i++) {
                if (!Float.isFinite(channel[i])) {
                    throw new AudioException(
                            file,
                            "is not written: sample " + i + " is " + channel[i],
                            "check the model that made this audio");
                }
            }
        }
    }
}
