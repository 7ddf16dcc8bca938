package org.openmoshi.train.data;

import com.sun.speech.freetts.audio.AudioPlayer;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import javax.sound.sampled.AudioFormat;

/** Takes what a FreeTTS voice says as samples; a player only by interface. */
final class SampleCollector implements AudioPlayer {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private AudioFormat format = new AudioFormat(SpeechCorpus.SAMPLE_RATE, 16, 1, true, true);
    private float volume = 1;

    /** All samples so far, in [-1, 1). */
    float[] samples() {
        ByteBuffer in = ByteBuffer.wrap(bytes.toByteArray());
        float[] samples = new float[in.remaining() / 2];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = in.getShort() * 0x1p-15f;
        }
        return samples;
    }

    @Override
    public boolean write(byte[] data) {
        return write(data, 0, data.length);
    }

    @Override
    public boolean write(byte[] data, int offset, int length) {
        bytes.write(data, offset, length);
        return true;
    }

    @Override
    public void setAudioFormat(AudioFormat spoken) {
        if (spoken.getSampleRate() != SpeechCorpus.SAMPLE_RATE
                || spoken.getSampleSizeInBits() != 16
                || spoken.getChannels() != 1
                || !spoken.isBigEndian()) {
            throw new IllegalStateException("the voice speaks in an unexpected format: " + spoken);
        }
        format = spoken;
    }

    @Override
    public AudioFormat getAudioFormat() {
        return format;
    }

    @Override
    public float getVolume() {
        return volume;
    }

    @Override
    public void setVolume(float newVolume) {
        volume = newVolume;
    }

    @Override
    public boolean drain() {
        return true;
    }

    @Override
    public boolean end() {
        return true;
    }

    @Override
    public long getTime() {
        return -1; // not known, by the interface's contract
    }

    @Override
    public void begin(int size) {}

    @Override
    public void pause() {}

    @Override
    public void resume() {}

    @Override
    public void reset() {}

    @Override
    public void cancel() {}

    @Override
    public void close() {}

    @Override
    public void resetTime() {}

    @Override
    public void startFirstSampleTimer() {}

    @Override
    public void showMetrics() {}
}
