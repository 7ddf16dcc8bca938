package org.openmoshi.train.audio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.openmoshi.train.audio.PcmLayout.Encoding;

/** Parses RIFF/WAVE headers, with WAVE_FORMAT_EXTENSIBLE and the 64-bit sizes of RF64 (EBU Tech 3306). */
final class WavHeader {

    private static final int FORMAT_PCM = 1;
    private static final int FORMAT_IEEE_FLOAT = 3;
    private static final int FORMAT_EXTENSIBLE = 0xFFFE;

    /** A size that programs write which stream into a pipe: the data goes on to the end of the file. */
    private static final long UNKNOWN_SIZE = 0xFFFFFFFFL;

    private WavHeader() {}

    static PcmLayout read(Path file) throws IOException {
        try (FileChannel in = FileChannel.open(file)) {
            long size = in.size();
            ByteBuffer format = null;
            long size64 = -1;
            long at = 12;
            while (at + 8 <= size) {
                ByteBuffer chunk = AudioFile.readFully(in, at, 8).order(ByteOrder.LITTLE_ENDIAN);
                int id = Integer.reverseBytes(chunk.getInt());
                long chunkSize = Integer.toUnsignedLong(chunk.getInt());
                long body = at + 8;
                switch (id) {
                    case 0x64733634 /* ds64 */ -> {
                        requireInside(file, "ds64", body, 24, size);
                        size64 = AudioFile.readFully(in, body + 8, 8)
                                .order(ByteOrder.LITTLE_ENDIAN)
                                .getLong();
                    }
                    case 0x666D7420 /* fmt */ -> {
                        if (chunkSize < 16) {
                            throw AudioException.corrupt(file, "its fmt chunk has " + chunkSize + " bytes");
                        }
                        int wanted = (int) Math.min(40, chunkSize);
                        requireInside(file, "fmt", body, wanted, size);
                        format = AudioFile.readFully(in, body, wanted).order(ByteOrder.LITTLE_ENDIAN);
                    }
                    case 0x64617461 /* data */ -> {
                        if (format == null) {
                            throw AudioException.corrupt(file, "its data comes before its format (fmt chunk)");
                        }
                        return layout(file, format, body, dataSize(file, chunkSize, size64, size - body));
                    }
                    default -> {
                        // Other chunks (LIST, bext, cue, ...) say nothing about the samples.
                    }
                }
                at = body + chunkSize + (chunkSize & 1);
            }
            throw AudioException.truncated(file, "a WAV header without a data chunk");
        }
    }

    private static void requireInside(Path file, String chunk, long body, long bytes, long size) throws AudioException {
        if (body + bytes > size) {
            throw AudioException.truncated(file, "it ends inside its " + chunk + " chunk");
        }
    }

    private static long dataSize(Path file, long claimed, long size64, long available) throws AudioException {
        long bytes = claimed;
        if (claimed == UNKNOWN_SIZE) {
            bytes = size64 >= 0 ? size64 : available;
        }
        if (bytes > available) {
            throw AudioException.truncated(
                    file, "its header promises " + bytes + " bytes of samples, " + available + " are there");
        }
        return bytes;
    }

    /** What a fmt chunk says of the data; {@code dataBytes} may be more than there is. */
    static PcmLayout layout(Path file, ByteBuffer format, long dataOffset, long dataBytes) throws AudioException {
        int tag = format.getShort(0) & 0xFFFF;
        int numChannels = format.getShort(2) & 0xFFFF;
        long sampleRate = Integer.toUnsignedLong(format.getInt(4));
        int blockAlign = format.getShort(12) & 0xFFFF;
        int bits = format.getShort(14) & 0xFFFF;
        if (tag == FORMAT_EXTENSIBLE) {
            if (format.limit() < 26) {
                throw AudioException.corrupt(file, "its extensible fmt chunk has " + format.limit() + " bytes");
            }
            tag = format.getShort(24) & 0xFFFF; // the first two bytes of the sub-format GUID
        }
        Encoding encoding = encoding(file, tag, bits);
        if (blockAlign != numChannels * encoding.bytes) {
            throw AudioException.corrupt(
                    file,
                    "its header claims frames of " + blockAlign + " bytes for " + numChannels + " channels of " + bits
                            + " bits");
        }
        return PcmLayout.of(
                file,
                AudioFormat.WAV,
                sampleRate,
                numChannels,
                encoding,
                ByteOrder.LITTLE_ENDIAN,
                dataOffset,
                dataBytes);
    }

    private static Encoding encoding(Path file, int tag, int bits) throws AudioException {
        if (tag == FORMAT_IEEE_FLOAT) {
            return switch (bits) {
                case 32 -> Encoding.FLOAT_32;
                case 64 -> Encoding.FLOAT_64;
                default -> throw AudioException.corrupt(file, "its header claims floats of " + bits + " bits");
            };
        }
        if (tag != FORMAT_PCM) {
            throw AudioException.unsupported(file, "WAV encoding 0x" + Integer.toHexString(tag));
        }
        // Odd sizes such as 12 or 20 bits are left-justified in the next whole number of bytes.
        return switch ((bits + 7) / 8) {
            case 1 -> Encoding.UNSIGNED_8;
            case 2 -> Encoding.SIGNED_16;
            case 3 -> Encoding.SIGNED_24;
            case 4 -> Encoding.SIGNED_32;
            default -> throw AudioException.corrupt(file, "its header claims samples of " + bits + " bits");
        };
    }
}
