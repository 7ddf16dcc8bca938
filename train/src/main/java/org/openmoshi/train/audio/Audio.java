package org.openmoshi.train.audio;

import java.util.Objects;

/**
 * Decoded audio: one array of samples per channel, nominal range [-1, 1].
 *
 * <p>The arrays are not copied: whoever builds an {@code Audio} hands them over.
 *
 * @param sampleRate samples per second of each channel
 * @param channels {@code [numChannels][length]}, all channels equally long
 */
public record Audio(int sampleRate, float[][] channels) {

    public Audio {
        Objects.requireNonNull(channels, "channels");
        if (sampleRate <= 0) {
            throw new IllegalArgumentException("sample rate must be positive, got " + sampleRate);
        }
        if (channels.length == 0) {
            throw new IllegalArgumentException("audio needs at least one channel");
        }
        for (float[] channel : channels) {
            if (channel.length != channels[0].length) {
                throw new IllegalArgumentException(
                        "channels differ in length: " + channels[0].length + " and " + channel.length + " samples");
            }
        }
    }

    /** Audio with a single channel. */
    public static Audio mono(int sampleRate, float[] samples) {
        return new Audio(sampleRate, new float[][] {samples});
    }

    /** Number of channels, at least 1. */
    public int numChannels() {
        return channels.length;
    }

    /** Samples per channel. */
    public int length() {
        return channels[0].length;
    }

    /** Duration in seconds. */
    public double duration() {
        return (double) length() / sampleRate;
    }

    /** The mean over the channels; the channel itself (not a copy) if there is only one. */
    public float[] mixDown() {
        if (channels.length == 1) {
            return channels[0];
        }
        float[] mono = new float[length()];
        float scale = 1f / channels.length;
        for (int i = 0; i < mono.length; i++) {
            float sum = 0;
            for (float[] channel : channels) {
                sum += channel[i];
            }
            mono[i] = sum * scale;
        }
        return mono;
    }

    /** The same audio as one channel at {@code targetRate}, for instance a codec's input. */
    public Audio toMono(int targetRate) {
        float[] mono = mixDown();
        return mono(targetRate, Resampler.of(sampleRate, targetRate).resample(mono));
    }
}
