package org.openmoshi.train.audio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.openmoshi.train.audio.PcmLayout.Encoding;

/**
 * Parses AIFF and AIFF-C headers. Java Sound's reader refuses the little-endian and float variants that macOS writes,
 * and cannot be asked where the samples start, which reading a window needs.
 */
final class AiffHeader {

    private AiffHeader() {}

    static PcmLayout read(Path file) throws IOException {
        try (FileChannel in = FileChannel.open(file)) {
            long size = in.size();
            if (size < 12) {
                throw AudioException.truncated(file, "an AIFF header of " + size + " bytes");
            }
            String kind = tag(AudioFile.readFully(in, 8, 4), 0);
            if (!kind.equals("AIFF") && !kind.equals("AIFC")) {
                throw AudioException.unsupported(file, "an IFF file that is not AIFF");
            }
            ByteBuffer common = null;
            long dataOffset = -1;
            long dataBytes = 0;
            long at = 12;
            while (at + 8 <= size && (common == null || dataOffset < 0)) {
                ByteBuffer chunk = AudioFile.readFully(in, at, 8);
                long chunkSize = Integer.toUnsignedLong(chunk.getInt(4));
                long body = at + 8;
                switch (tag(chunk, 0)) {
                    case "COMM" -> {
                        int needed = kind.equals("AIFC") ? 22 : 18;
                        if (chunkSize < needed || body + needed > size) {
                            throw AudioException.corrupt(file, "its COMM chunk has less than " + needed + " bytes");
                        }
                        common = AudioFile.readFully(in, body, needed);
                    }
                    case "SSND" -> {
                        if (chunkSize < 8 || body + 8 > size) {
                            throw AudioException.truncated(file, "it ends inside its SSND chunk");
                        }
                        long skip = Integer.toUnsignedLong(
                                AudioFile.readFully(in, body, 4).getInt());
                        dataOffset = body + 8 + skip;
                        dataBytes = chunkSize - 8 - skip;
                        if (dataBytes < 0) {
                            throw AudioException.corrupt(file, "its samples start after the end of their chunk");
                        }
                    }
                    default -> {
                        // Markers, names, comments: nothing about the samples.
                    }
                }
                at = body + chunkSize + (chunkSize & 1);
            }
            if (common == null) {
                throw AudioException.truncated(file, "an AIFF file without a COMM chunk");
            }
            return layout(file, common, dataOffset, dataBytes, size);
        }
    }

    private static PcmLayout layout(Path file, ByteBuffer common, long dataOffset, long dataBytes, long size)
            throws AudioException {
        int numChannels = common.getShort(0) & 0xFFFF;
        long numFrames = Integer.toUnsignedLong(common.getInt(2));
        int bits = common.getShort(6) & 0xFFFF;
        String compression = common.limit() >= 22 ? tag(common, 18) : "NONE";
        Encoding encoding = encoding(file, compression, bits);
        AudioFile.checkHeader(file, extendedToLong(common, 8), numChannels);
        if (numFrames == 0) {
            throw AudioException.noSamples(file);
        }
        long claimed = numFrames * numChannels * encoding.bytes;
        if (dataOffset < 0 || claimed > dataBytes || dataOffset + claimed > size) {
            long available = dataOffset < 0 ? 0 : Math.clamp(size - dataOffset, 0, dataBytes);
            throw AudioException.truncated(
                    file, "its header promises " + claimed + " bytes of samples, " + available + " are there");
        }
        ByteOrder order = compression.equals("sowt") ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        return PcmLayout.of(
                file, AudioFormat.AIFF, extendedToLong(common, 8), numChannels, encoding, order, dataOffset, claimed);
    }

    private static Encoding encoding(Path file, String compression, int bits) throws AudioException {
        return switch (compression) {
            case "NONE", "twos", "sowt", "in24", "in32" ->
                switch ((bits + 7) / 8) {
                    case 1 -> Encoding.SIGNED_8;
                    case 2 -> Encoding.SIGNED_16;
                    case 3 -> Encoding.SIGNED_24;
                    case 4 -> Encoding.SIGNED_32;
                    default -> throw AudioException.corrupt(file, "its header claims samples of " + bits + " bits");
                };
            case "fl32", "FL32" -> Encoding.FLOAT_32;
            case "fl64", "FL64" -> Encoding.FLOAT_64;
            default -> throw AudioException.unsupported(file, "AIFF-C compression '" + compression + "'");
        };
    }

    /** The whole part of an 80-bit IEEE 754 extended number (sign and exponent 16 bits, mantissa 64); -1 if huge. */
    private static long extendedToLong(ByteBuffer in, int at) {
        int exponent = (in.getShort(at) & 0xFFFF) - 16383;
        if (exponent < 0 || exponent > 31) {
            return -1;
        }
        return in.getLong(at + 2) >>> (63 - exponent);
    }

    private static String tag(ByteBuffer in, int at) {
        byte[] bytes = new byte[4];
        in.get(at, bytes);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
