package org.openmoshi.train.audio;

import java.nio.file.Path;
import java.util.Arrays;

/** Grows with what a decoder delivers, so that no header's claim is ever allocated. */
final class SampleBuffer {

    private final Path file;
    private final float[][] channels;
    private int length;

    SampleBuffer(Path file, int numChannels) {
        this.file = file;
        this.channels = new float[numChannels][1 << 14];
    }

    /** Samples per channel so far. */
    int length() {
        return length;
    }

    /** Makes room for {@code count} more samples per channel; they start as zeros. */
    void grow(int count) throws AudioException {
        AudioFile.checkDecodedSize(file, (long) length + count, channels.length);
        int needed = length + count;
        if (needed > channels[0].length) {
            int capacity = (int) Math.max(needed, channels[0].length * 3L / 2);
            for (int c = 0; c < channels.length; c++) {
                channels[c] = Arrays.copyOf(channels[c], capacity);
            }
        }
    }

    /** Writes one sample of the next block, without advancing. */
    void put(int channel, int index, float sample) {
        channels[channel][length + index] = sample;
    }

    void advance(int count) {
        length += count;
    }

    /** The samples [start, end) of all channels. */
    Audio toAudio(int sampleRate, int start, int end) throws AudioException {
        if (end <= start) {
            throw AudioException.noSamples(file);
        }
        float[][] trimmed = new float[channels.length][];
        for (int c = 0; c < channels.length; c++) {
            trimmed[c] = Arrays.copyOfRange(channels[c], start, end);
        }
        return new Audio(sampleRate, trimmed);
    }

    Audio toAudio(int sampleRate) throws AudioException {
        return toAudio(sampleRate, 0, length);
    }
}
