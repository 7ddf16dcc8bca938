package org.openmoshi.train.audio;

/**
 * What an audio file's header says, without decoding it.
 *
 * @param format the container
 * @param sampleRate samples per second of each channel
 * @param numChannels number of channels
 * @param length samples per channel
 */
public record AudioInfo(AudioFormat format, int sampleRate, int numChannels, long length) {

    /** Duration in seconds. */
    public double duration() {
        return (double) length / sampleRate;
    }

    /** Whether a window can be read without decoding what lies before it. */
    public boolean seekable() {
        return format == AudioFormat.WAV || format == AudioFormat.AIFF;
    }
}
