package org.openmoshi.train.audio;

import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * FLAC (RFC 9639). Written here because the available pure-Java decoder does not return on some damaged files.
 *
 * <p>Metadata blocks other than the stream information (tags, pictures, seek tables) are stepped over.
 */
final class FlacDecoder {

    /** Length of {@code fLaC}, a metadata block header and STREAMINFO, which must come first. */
    static final int STREAM_INFO_END = 4 + 4 + 34;

    private static final int STREAM_INFO_TYPE = 0;
    private static final int LAST_BLOCK = 0x80;

    private FlacDecoder() {}

    /** The length is 0 if the header leaves it open. */
    private record StreamInfo(int sampleRate, int numChannels, int bitsPerSample, long length) {}

    static AudioInfo probe(Path file, byte[] head) throws AudioException {
        StreamInfo info = streamInfo(file, head);
        if (info.length == 0) {
            throw new AudioException(
                    file, "its header does not say how long it is, as if written to a pipe", "encode the file again");
        }
        return new AudioInfo(AudioFormat.FLAC, info.sampleRate, info.numChannels, info.length);
    }

    static Audio decode(Path file, byte[] data) throws AudioException {
        StreamInfo info = streamInfo(file, data);
        FlacFrame frame = new FlacFrame(file, data, firstFrame(file, data), info.numChannels, info.bitsPerSample);
        SampleBuffer samples = new SampleBuffer(file, info.numChannels);
        float scale = Math.scalb(1f, 1 - info.bitsPerSample);
        // What follows the last promised sample may be a tag of another program.
        while (info.length == 0 ? !frame.atEnd() : samples.length() < info.length && !frame.atEnd()) {
            int blockSize = frame.next();
            samples.grow(blockSize);
            for (int c = 0; c < info.numChannels; c++) {
                for (int i = 0; i < blockSize; i++) {
                    samples.put(c, i, frame.samples()[c][i] * scale);
                }
            }
            samples.advance(blockSize);
        }
        if (info.length > samples.length()) {
            throw AudioException.truncated(
                    file, "its header promises " + info.length + " samples, " + samples.length() + " are there");
        }
        if (info.length > 0 && info.length < samples.length()) {
            throw AudioException.corrupt(file, "its last FLAC frame is longer than its header promises");
        }
        return samples.toAudio(info.sampleRate);
    }

    private static StreamInfo streamInfo(Path file, byte[] data) throws AudioException {
        if (data.length < STREAM_INFO_END) {
            throw AudioException.truncated(file, "a FLAC header of " + data.length + " bytes");
        }
        if ((data[4] & 0x7F) != STREAM_INFO_TYPE || blockLength(data, 4) != 34) {
            throw AudioException.corrupt(file, "its first FLAC block is not the stream information");
        }
        // 16 bits each: least and largest block; 24 bits each: least and largest frame; then 20 bits of rate,
        // 3 of channels - 1, 5 of bits - 1, 36 of length.
        long packed = ByteBuffer.wrap(data).getLong(8 + 10);
        int sampleRate = (int) (packed >>> 44);
        int numChannels = (int) (packed >>> 41 & 0x7) + 1;
        int bitsPerSample = (int) (packed >>> 36 & 0x1F) + 1;
        AudioFile.checkHeader(file, sampleRate, numChannels);
        if (bitsPerSample < 4) {
            throw AudioException.corrupt(file, "its header claims samples of " + bitsPerSample + " bits");
        }
        return new StreamInfo(sampleRate, numChannels, bitsPerSample, packed & 0xF_FFFF_FFFFL);
    }

    private static int firstFrame(Path file, byte[] data) throws AudioException {
        int at = 4;
        while (at + 4 <= data.length) {
            boolean last = (data[at] & LAST_BLOCK) != 0;
            at += 4 + blockLength(data, at);
            if (last && at < data.length) {
                return at;
            }
        }
        throw AudioException.truncated(file, "it ends before its first FLAC frame");
    }

    private static int blockLength(byte[] data, int at) {
        return ByteBuffer.wrap(data).getInt(at) & 0xFF_FFFF;
    }
}
