package org.openmoshi.train.audio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reads audio files: WAV, AIFF, FLAC, MP3 and Ogg Opus, told apart by content.
 *
 * <p>Every way in which a file can be bad ends in one {@link AudioException}; memory is bounded by what the file holds,
 * never by what its header claims.
 */
public final class AudioFile {

    /** Rates outside of this range are taken for a damaged header. */
    static final int MIN_SAMPLE_RATE = 1_000;

    static final int MAX_SAMPLE_RATE = 384_000;

    /** More channels than any recording has: a damaged header. */
    static final int MAX_CHANNELS = 64;

    /** Samples over all channels that one file may decode to (2 GiB): a few bytes of FLAC can claim far more. */
    private static final long MAX_DECODED_SAMPLES = 1L << 29;

    /** Compressed files are decoded from memory. */
    private static final long MAX_COMPRESSED_BYTES = 1L << 30;

    private AudioFile() {}

    /**
     * Reads the header only (for Ogg Opus and MP3: the page or frame headers).
     *
     * @throws AudioException if the file is missing, empty, truncated, corrupt or of an unsupported kind
     */
    public static AudioInfo probe(Path file) throws AudioException {
        return guarded(file, () -> {
            AudioFormat format = sniff(file);
            return switch (format) {
                case WAV -> WavHeader.read(file).info();
                case AIFF -> AiffHeader.read(file).info();
                case FLAC -> FlacDecoder.probe(file, readHead(file, FlacDecoder.STREAM_INFO_END));
                case MP3 -> Mp3Decoder.probe(file, readAll(file));
                case OGG_OPUS -> OpusFileDecoder.probe(file, readAll(file));
            };
        });
    }

    /**
     * Decodes a whole file, all channels, at its own sample rate.
     *
     * @throws AudioException if the file is missing, empty, truncated, corrupt or of an unsupported kind, holds no
     *     samples, or holds NaN or infinite samples
     */
    public static Audio read(Path file) throws AudioException {
        return guarded(file, () -> {
            AudioFormat format = sniff(file);
            return switch (format) {
                case WAV -> readPcm(file, WavHeader.read(file));
                case AIFF -> readPcm(file, AiffHeader.read(file));
                case FLAC -> FlacDecoder.decode(file, readAll(file));
                case MP3 -> Mp3Decoder.decode(file, readAll(file));
                case OGG_OPUS -> OpusFileDecoder.decode(file, readAll(file));
            };
        });
    }

    /**
     * Decodes {@code length} samples per channel from {@code start} on, reading nothing else of the file.
     *
     * @throws AudioException as {@link #read}
     * @throws IllegalArgumentException if the format is not {@linkplain AudioInfo#seekable() seekable} or the range lies
     *     outside of the file
     */
    public static Audio readWindow(Path file, long start, int length) throws AudioException {
        return guarded(file, () -> {
            AudioFormat format = sniff(file);
            PcmLayout layout = switch (format) {
                case WAV -> WavHeader.read(file);
                case AIFF -> AiffHeader.read(file);
                case FLAC, MP3, OGG_OPUS ->
                    throw new IllegalArgumentException(file + ": " + format + " cannot be read from the middle");
            };
            return layout.read(file, start, length);
        });
    }

    private static Audio readPcm(Path file, PcmLayout layout) throws IOException {
        if (layout.length() * layout.numChannels() > MAX_DECODED_SAMPLES) {
            throw tooLong(file);
        }
        return layout.read(file, 0, (int) layout.length());
    }

    /** Checked by decoders while they decode, so that a crafted file cannot take all memory. */
    static void checkDecodedSize(Path file, long samplesPerChannel, int numChannels) throws AudioException {
        if (samplesPerChannel * numChannels > MAX_DECODED_SAMPLES) {
            throw tooLong(file);
        }
    }

    /** @throws AudioException if a header's rate or channel count cannot be true */
    static void checkHeader(Path file, long sampleRate, int numChannels) throws AudioException {
        if (sampleRate < MIN_SAMPLE_RATE || sampleRate > MAX_SAMPLE_RATE) {
            throw AudioException.corrupt(file, "its header claims a sample rate of " + sampleRate + " Hz");
        }
        if (numChannels < 1 || numChannels > MAX_CHANNELS) {
            throw AudioException.corrupt(file, "its header claims " + numChannels + " channels");
        }
    }

    private static AudioException tooLong(Path file) {
        return new AudioException(
                file,
                "decodes to more than " + MAX_DECODED_SAMPLES + " samples",
                "split it into shorter files, or convert it to WAV for training (windows are then read in place)");
    }

    private static AudioFormat sniff(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new AudioException(file, "does not exist", "check the path");
        }
        if (!Files.isRegularFile(file)) {
            throw new AudioException(file, "is not a regular file", "name an audio file");
        }
        byte[] head = readHead(file, AudioFormat.SNIFF_BYTES);
        if (head.length == 0) {
            throw new AudioException(file, "is empty (0 bytes)", "copy or record the file again");
        }
        return AudioFormat.sniff(file, head);
    }

    private static byte[] readHead(Path file, int count) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            return readFully(channel, 0, (int) Math.min(count, channel.size())).array();
        }
    }

    private static byte[] readAll(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            long size = channel.size();
            if (size > MAX_COMPRESSED_BYTES) {
                throw tooLong(file);
            }
            return readFully(channel, 0, (int) size).array();
        }
    }

    /** A heap buffer with the bytes [position, position + count), ready to be read. */
    static ByteBuffer readFully(FileChannel channel, long position, int count) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(count);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + buffer.position()) < 0) {
                throw new IOException("the file became shorter while it was read");
            }
        }
        return buffer.flip();
    }

    private interface Body<T> {
        T run() throws IOException;
    }

    /** Gives every I/O error (no permission, file replaced while read, disk error) the form of an AudioException. */
    private static <T> T guarded(Path file, Body<T> body) throws AudioException {
        try {
            return body.run();
        } catch (AudioException e) {
            throw e;
        } catch (IOException e) {
            throw new AudioException(
                    file,
                    "cannot be read (" + e.getClass().getSimpleName() + ": " + e.getMessage() + ")",
                    "check the file and its permissions",
                    e);
        }
    }
}
