package org.openmoshi.train.audio;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The frames of an MP3 file (MPEG-1, 2 and 2.5, layer III), found by their headers: gives the exact length without
 * decoding, detects truncation, and finds what the encoder says about its delay.
 *
 * @param sampleRate samples per second
 * @param numChannels 1 or 2
 * @param samplesPerFrame 1152, or 576 for the low rates of MPEG-2 and 2.5
 * @param start position of the first audio frame (an information frame is not counted)
 * @param end position after the last one
 * @param count number of audio frames
 * @param trimStart decoded samples that precede the recording: encoder and decoder delay
 * @param trimEnd decoded samples that follow it
 */
record Mp3Frames(
        int sampleRate,
        int numChannels,
        int samplesPerFrame,
        int start,
        int end,
        int count,
        int trimStart,
        int trimEnd) {

    /** Delay of every layer III decoder's filter bank: 528 samples and one of the overlap. */
    private static final int DECODER_DELAY = 529;

    /** How far a first frame is looked for behind what is not a tag. */
    private static final int MAX_LEADING_JUNK = 1 << 16;

    // kbit/s by bitrate index; 0 = free format
    private static final int[] BITRATES_MPEG1 = {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320};
    private static final int[] BITRATES_MPEG2 = {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160};
    private static final int[] RATES_MPEG1 = {44100, 48000, 32000};

    /** Recorded samples per channel. */
    long length() {
        return Math.max(0, (long) count * samplesPerFrame - trimStart - trimEnd);
    }

    /** Whether a layer III frame header stands at {@code at}. */
    static boolean isHeader(byte[] data, int at) {
        return at + 4 <= data.length
                && (data[at] & 0xFF) == 0xFF
                && (data[at + 1] & 0xE6) == 0xE2 // sync, layer III
                && (data[at + 1] & 0x18) != 0x08 // reserved version
                && (data[at + 2] & 0xF0) != 0xF0 // forbidden bitrate
                && (data[at + 2] & 0x0C) != 0x0C; // reserved sample rate
    }

    static Mp3Frames scan(Path file, byte[] data) throws AudioException {
        int first = firstFrame(file, data);
        int sampleRate = sampleRate(data, first);
        int numChannels = numChannels(data, first);
        int samplesPerFrame = isMpeg1(data, first) ? 1152 : 576;
        Information information = information(data, first);
        int start = information == null ? first : first + frameSize(file, data, first);
        int at = start;
        int count = 0;
        while (at < data.length && !isTrailer(data, at)) {
            if (!isHeader(data, at)) {
                throw AudioException.corrupt(file, "no MP3 frame at byte " + at);
            }
            if (sampleRate(data, at) != sampleRate || numChannels(data, at) != numChannels) {
                throw AudioException.corrupt(file, "the MP3 frame at byte " + at + " changes rate or channels");
            }
            int size = frameSize(file, data, at);
            if (at + size > data.length) {
                throw AudioException.truncated(file, "it ends inside the MP3 frame at byte " + at);
            }
            at += size;
            count++;
        }
        if (information != null && count < information.numFrames) {
            throw AudioException.truncated(
                    file, "its header promises " + information.numFrames + " MP3 frames, " + count + " are there");
        }
        int trimStart = DECODER_DELAY + (information == null ? 0 : information.delay);
        int trimEnd = information == null ? 0 : Math.max(0, information.padding - DECODER_DELAY);
        return new Mp3Frames(sampleRate, numChannels, samplesPerFrame, start, at, count, trimStart, trimEnd);
    }

    private static int firstFrame(Path file, byte[] data) throws AudioException {
        int at = 0;
        while (at + 10 <= data.length && data[at] == 'I' && data[at + 1] == 'D' && data[at + 2] == '3') {
            int size = (data[at + 6] & 0x7F) << 21
                    | (data[at + 7] & 0x7F) << 14
                    | (data[at + 8] & 0x7F) << 7
                    | (data[at + 9] & 0x7F);
            boolean footer = (data[at + 5] & 0x10) != 0;
            long next = (long) at + 10 + size + (footer ? 10 : 0);
            if (next >= data.length) {
                throw AudioException.truncated(file, "it ends inside its ID3 tag");
            }
            at = (int) next;
        }
        if (isHeader(data, at) && (data[at + 2] & 0xF0) == 0) {
            throw AudioException.unsupported(file, "free-format MP3");
        }
        int limit = Math.min(data.length, at + MAX_LEADING_JUNK);
        for (; at < limit; at++) {
            // One header may be chance; a second one at the right distance is not.
            if (isHeader(data, at) && (data[at + 2] & 0xF0) != 0) {
                int next = at + frameSize(file, data, at);
                if (next >= data.length || isHeader(data, next) || isTrailer(data, next)) {
                    return at;
                }
            }
        }
        throw AudioException.corrupt(file, "it holds no MP3 frames");
    }

    private static boolean isMpeg1(byte[] data, int at) {
        return (data[at + 1] & 0x18) == 0x18;
    }

    private static int sampleRate(byte[] data, int at) {
        int rate = RATES_MPEG1[data[at + 2] >> 2 & 3];
        return switch (data[at + 1] >> 3 & 3) {
            case 3 -> rate;
            case 2 -> rate / 2;
            default -> rate / 4; // MPEG-2.5
        };
    }

    private static int numChannels(byte[] data, int at) {
        return (data[at + 3] & 0xC0) == 0xC0 ? 1 : 2;
    }

    private static int frameSize(Path file, byte[] data, int at) throws AudioException {
        int index = data[at + 2] >> 4 & 0xF;
        if (index == 0) {
            throw AudioException.unsupported(file, "free-format MP3");
        }
        boolean mpeg1 = isMpeg1(data, at);
        int bitsPerSecond = (mpeg1 ? BITRATES_MPEG1 : BITRATES_MPEG2)[index] * 1000;
        int padding = data[at + 2] >> 1 & 1;
        return (mpeg1 ? 144 : 72) * bitsPerSecond / sampleRate(data, at) + padding;
    }

    /** ID3v1, APE and lyrics tags, or zeros, end the audio. */
    private static boolean isTrailer(byte[] data, int at) {
        for (String tag : new String[] {"TAG", "APETAGEX", "LYRICSBEGIN", "ID3", "3DI"}) {
            if (startsWith(data, at, tag)) {
                return true;
            }
        }
        for (int i = at; i < data.length; i++) {
            if (data[i] != 0) {
                return false;
            }
        }
        return true;
    }

    /** What the first frame of an encoder that wrote one tells: number of audio frames, delay and padding in samples. */
    private record Information(int numFrames, int delay, int padding) {}

    private static @Nullable Information information(byte[] data, int frame) {
        boolean mono = numChannels(data, frame) == 1;
        int sideInformation = isMpeg1(data, frame) ? (mono ? 17 : 32) : (mono ? 9 : 17);
        int at = frame + 4 + sideInformation;
        ByteBuffer in = ByteBuffer.wrap(data);
        if (startsWith(data, at, "Xing") || startsWith(data, at, "Info")) {
            if (at + 120 + 24 > data.length) {
                return new Information(0, 0, 0);
            }
            int flags = in.getInt(at + 4);
            int next = at + 8;
            int numFrames = 0;
            if ((flags & 1) != 0) {
                numFrames = in.getInt(next);
                next += 4;
            }
            next += ((flags & 2) != 0 ? 4 : 0) + ((flags & 4) != 0 ? 100 : 0) + ((flags & 8) != 0 ? 4 : 0);
            // LAME's extension: 9 bytes of name, then 12 bytes, then delay and padding in 12 bits each. 0 = absent.
            int trim = data[next] == 0 ? 0 : in.getInt(next + 20) & 0xFF_FFFF;
            return new Information(numFrames, trim >>> 12, trim & 0xFFF);
        }
        int vbri = frame + 4 + 32;
        if (startsWith(data, vbri, "VBRI") && vbri + 18 <= data.length) {
            return new Information(in.getInt(vbri + 14), in.getShort(vbri + 6) & 0xFFFF, 0);
        }
        return null;
    }

    private static boolean startsWith(byte[] data, int at, String tag) {
        byte[] expected = tag.getBytes(StandardCharsets.ISO_8859_1);
        if (at + expected.length > data.length) {
            return false;
        }
        for (int i = 0; i < expected.length; i++) {
            if (data[at + i] != expected[i]) {
                return false;
            }
        }
        return true;
    }
}
