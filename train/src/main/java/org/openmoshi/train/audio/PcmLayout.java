package org.openmoshi.train.audio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * Where and how an uncompressed file (WAV, AIFF) holds its samples: interleaved frames, so any window can be read alone.
 *
 * @param info format, sample rate, channels, length
 * @param encoding how one sample is stored
 * @param order byte order of a sample
 * @param dataOffset position of the first frame in the file
 */
record PcmLayout(AudioInfo info, Encoding encoding, ByteOrder order, long dataOffset) {

    enum Encoding {
        UNSIGNED_8(1),
        SIGNED_8(1),
        SIGNED_16(2),
        SIGNED_24(3),
        SIGNED_32(4),
        FLOAT_32(4),
        FLOAT_64(8);

        final int bytes;

        Encoding(int bytes) {
            this.bytes = bytes;
        }

        boolean isFloat() {
            return this == FLOAT_32 || this == FLOAT_64;
        }
    }

    /** Frames converted per read: bounds the byte buffer however long the window is. */
    private static final int CHUNK_FRAMES = 1 << 15;

    long length() {
        return info.length();
    }

    int numChannels() {
        return info.numChannels();
    }

    /** Checks the header's figures against the file, so that what follows may trust them. */
    static PcmLayout of(
            Path file,
            AudioFormat format,
            long sampleRate,
            int numChannels,
            Encoding encoding,
            ByteOrder order,
            long dataOffset,
            long dataBytes)
            throws AudioException {
        AudioFile.checkHeader(file, sampleRate, numChannels);
        long length = dataBytes / ((long) numChannels * encoding.bytes);
        if (length == 0) {
            throw AudioException.noSamples(file);
        }
        return new PcmLayout(new AudioInfo(format, (int) sampleRate, numChannels, length), encoding, order, dataOffset);
    }

    /** Reads frames [start, start + count). */
    Audio read(Path file, long start, int count) throws IOException {
        if (start < 0 || count < 0 || start + count > length()) {
            throw new IllegalArgumentException(
                    file + ": window [" + start + ", " + (start + count) + ") of " + length() + " samples");
        }
        int frameBytes = numChannels() * encoding.bytes;
        float[][] channels = new float[numChannels()][count];
        try (FileChannel in = FileChannel.open(file)) {
            for (int done = 0; done < count; done += CHUNK_FRAMES) {
                int frames = Math.min(CHUNK_FRAMES, count - done);
                ByteBuffer bytes = AudioFile.readFully(
                                in, dataOffset + (start + done) * frameBytes, frames * frameBytes)
                        .order(order);
                for (int c = 0; c < channels.length; c++) {
                    decode(bytes, c * encoding.bytes, frameBytes, channels[c], done, frames);
                }
            }
        }
        if (encoding.isFloat()) {
            requireFinite(file, channels, start);
        }
        return new Audio(info.sampleRate(), channels);
    }

    /** Converts {@code count} samples of one channel, {@code stride} bytes apart. */
    void decode(ByteBuffer in, int offset, int stride, float[] out, int outOffset, int count) {
        for (int i = 0, at = offset; i < count; i++, at += stride) {
            out[outOffset + i] = switch (encoding) {
                case UNSIGNED_8 -> ((in.get(at) & 0xFF) - 128) * 0x1p-7f;
                case SIGNED_8 -> in.get(at) * 0x1p-7f;
                case SIGNED_16 -> in.getShort(at) * 0x1p-15f;
                case SIGNED_24 -> signed24(in, at) * 0x1p-23f;
                case SIGNED_32 -> in.getInt(at) * 0x1p-31f;
                case FLOAT_32 -> in.getFloat(at);
                case FLOAT_64 -> (float) in.getDouble(at);
            };
        }
    }

    private static int signed24(ByteBuffer in, int at) {
        if (in.order() == ByteOrder.LITTLE_ENDIAN) {
            return (in.get(at) & 0xFF) | (in.get(at + 1) & 0xFF) << 8 | in.get(at + 2) << 16;
        }
        return (in.get(at + 2) & 0xFF) | (in.get(at + 1) & 0xFF) << 8 | in.get(at) << 16;
    }

    static void requireFinite(Path file, float[][] channels, long start) throws AudioException {
        for (int c = 0; c < channels.length; c++) {
            for (int i = 0; i < channels[c].length; i++) {
                if (!Float.isFinite(channels[c][i])) {
                    throw new AudioException(
                            file,
                            "sample " + (start + i) + " of channel " + c + " is " + channels[c][i],
                            "export the file again without NaN or infinite samples");
                }
            }
        }
    }
}
