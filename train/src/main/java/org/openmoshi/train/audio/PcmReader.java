package org.openmoshi.train.audio;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.openmoshi.train.audio.PcmLayout.Encoding;

/** Reads samples from a pipe as they come, mixed down to mono. */
public final class PcmReader {
    private static final int RIFF = 0x52494646;
    private static final int WAVE = 0x57415645;
    private static final int FMT = 0x666D7420;
    private static final int DATA = 0x64617461;
    private static final long UNKNOWN_SIZE = 0xFFFF_FFFFL;

    private final InputStream in;
    private final Path name;
    private final PcmLayout layout;
    private long position; // samples read so far

    private PcmReader(InputStream in, Path name, PcmLayout layout) {
        this.in = in;
        this.name = name;
        this.layout = layout;
    }

    /**
     * Starts to read.
     *
     * @param name what messages call the input
     * @param sampleRate of the samples, Hz; a WAV header must say the same
     * @throws AudioException when a header is none of a WAV file, or of another rate
     */
    public static PcmReader open(InputStream in, String name, PcmFormat format, int sampleRate) throws IOException {
        Path path = Path.of(name);
        return switch (format) {
            case WAV -> new PcmReader(in, path, header(in, path, sampleRate));
            case S16LE -> new PcmReader(in, path, raw(Encoding.SIGNED_16, sampleRate));
            case F32LE -> new PcmReader(in, path, raw(Encoding.FLOAT_32, sampleRate));
        };
    }

    private static PcmLayout raw(Encoding encoding, int sampleRate) {
        AudioInfo info = new AudioInfo(AudioFormat.WAV, sampleRate, 1, Long.MAX_VALUE);
        return new PcmLayout(info, encoding, ByteOrder.LITTLE_ENDIAN, 0);
    }

    private static PcmLayout header(InputStream in, Path name, int sampleRate) throws IOException {
        ByteBuffer start = read(in, name, 12);
        if (start.getInt(0) != Integer.reverseBytes(RIFF) || start.getInt(8) != Integer.reverseBytes(WAVE)) {
            throw new AudioException(
                    name,
                    "holds no WAV: it does not begin with RIFF",
                    "say with --pcm what samples without a header are");
        }
        ByteBuffer format = null;
        while (true) {
            ByteBuffer chunk = read(in, name, 8);
            int id = Integer.reverseBytes(chunk.getInt(0));
            long size = Integer.toUnsignedLong(chunk.getInt(4));
            if (id == DATA) {
                if (format == null) {
                    throw AudioException.corrupt(name, "its data comes before its format (fmt chunk)");
                }
                // a program that writes into a pipe does not know the size, and many put there what they like
                long bytes = size == 0 || size == UNKNOWN_SIZE ? Long.MAX_VALUE : size;
                return requireRate(name, WavHeader.layout(name, format, 0, bytes), sampleRate);
            }
            if (id == FMT) {
                if (size < 16 || size > 1024) {
                    throw AudioException.corrupt(name, "its fmt chunk has " + size + " bytes");
                }
                format = read(in, name, (int) (size + (size & 1)));
            } else {
                skip(in, name, size + (size & 1));
            }
        }
    }

    private static PcmLayout requireRate(Path name, PcmLayout layout, int sampleRate) throws AudioException {
        if (layout.info().sampleRate() != sampleRate) {
            throw new AudioException(
                    name,
                    "has " + layout.info().sampleRate() + " Hz, the codec " + sampleRate,
                    "resample it on the way, or encode a file, which is resampled here");
        }
        return layout;
    }

    private static void skip(InputStream in, Path name, long count) throws IOException {
        try {
            in.skipNBytes(count);
        } catch (EOFException e) {
            throw AudioException.truncated(name, "it ends within its WAV header");
        }
    }

    private static ByteBuffer read(InputStream in, Path name, int count) throws IOException {
        byte[] bytes = in.readNBytes(count);
        if (bytes.length < count) {
            throw AudioException.truncated(name, "it ends within its WAV header");
        }
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Waits until an array is full or the input ends.
     *
     * @return how many samples there are; fewer than asked for only at the end
     * @throws AudioException when a sample is not finite
     */
    public int read(float[] mono) throws IOException {
        int frameBytes = layout.numChannels() * layout.encoding().bytes;
        int wanted = (int) Math.min(mono.length, layout.length() - position);
        byte[] bytes = in.readNBytes(wanted * frameBytes);
        int count = bytes.length / frameBytes;
        float[][] channels = new float[layout.numChannels()][count];
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(layout.order());
        for (int c = 0; c < channels.length; c++) {
            layout.decode(buffer, c * layout.encoding().bytes, frameBytes, channels[c], 0, count);
        }
        if (layout.encoding().isFloat()) {
            PcmLayout.requireFinite(name, channels, position);
        }
        System.arraycopy(new Audio(layout.info().sampleRate(), channels).mixDown(), 0, mono, 0, count);
        position += count;
        return count;
    }
}
