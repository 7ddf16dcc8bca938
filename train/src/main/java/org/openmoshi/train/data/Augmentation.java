package org.openmoshi.train.data;

/**
 * What is done to windows at random, in this order: gain, which the target has as well; reverberation; noise. Each is a
 * function of (seed, index of the window), so a resumed run repeats it.
 *
 * @param gain of the window
 * @param reverbProbability share of the windows that sound as in a room, see {@link Reverb}
 * @param minReverbSeconds shortest time in which the room's sound falls by 60 dB
 * @param maxReverbSeconds longest such time
 * @param noiseProbability share of the windows with noise: white, through a low-pass of random cutoff
 * @param minSnrDb smallest ratio of the window's power to the noise's, in dB
 * @param maxSnrDb largest such ratio
 */
public record Augmentation(
        GainRange gain,
        double reverbProbability,
        double minReverbSeconds,
        double maxReverbSeconds,
        double noiseProbability,
        double minSnrDb,
        double maxSnrDb) {
    /** Nothing at all. */
    public static final Augmentation NONE = gain(GainRange.NONE);

    /** Keeps its numbers apart from those that choose the windows. */
    private static final long STREAM = 0x6A09E667F3BCC909L;

    private static final int NOISE_DRAWS = 16; // from this number on

    /** Checks probabilities and ranges. */
    public Augmentation {
        if (!(reverbProbability >= 0 && reverbProbability <= 1 && noiseProbability >= 0 && noiseProbability <= 1)) {
            throw new IllegalArgumentException("probabilities of reverberation and noise must be from 0 to 1, got "
                    + reverbProbability + " and " + noiseProbability);
        }
        if (!(minReverbSeconds > 0 && minReverbSeconds <= maxReverbSeconds && maxReverbSeconds <= 10)
                || !(minSnrDb <= maxSnrDb)) {
            throw new IllegalArgumentException("reverberation from " + minReverbSeconds + " to " + maxReverbSeconds
                    + " s (0 to 10) and noise at " + minSnrDb + " to " + maxSnrDb + " dB");
        }
    }

    /** Gain alone. */
    public static Augmentation gain(GainRange gain) {
        return new Augmentation(gain, 0, 1, 1, 0, 0, 0);
    }

    /** Whether anything but gain may happen, so that input and target may differ. */
    public boolean distorts() {
        return reverbProbability > 0 || noiseProbability > 0;
    }

    /** Reverberation and noise for the window of an index, in place; afterwards nothing exceeds [-1, 1]. */
    void distort(long seed, long index, float[] samples, int offset, int length, int sampleRate) {
        long stream = seed ^ STREAM;
        boolean changed = false;
        if (CounterRandom.uniform(stream, index, 0) < reverbProbability) {
            double seconds = CounterRandom.uniform(stream, index, 1, minReverbSeconds, maxReverbSeconds);
            Reverb.apply(stream, index, seconds, samples, offset, length, sampleRate);
            changed = true;
        }
        if (CounterRandom.uniform(stream, index, 2) < noiseProbability) {
            noise(stream, index, samples, offset, length);
            changed = true;
        }
        if (changed) {
            GainRange.NONE.apply(0, samples, offset, length);
        }
    }

    private void noise(long stream, long index, float[] samples, int offset, int length) {
        double snr = CounterRandom.uniform(stream, index, 3, minSnrDb, maxSnrDb);
        double smoothing = CounterRandom.uniform(stream, index, 4, 0, 0.95);
        float[] noise = new float[length];
        double state = 0;
        double noisePower = 0;
        double power = 0;
        for (int i = 0; i < length; i++) {
            double white = 2 * CounterRandom.uniform(stream, index, NOISE_DRAWS + i) - 1;
            state = smoothing * state + (1 - smoothing) * white;
            noise[i] = (float) state;
            noisePower += state * state;
            power += (double) samples[offset + i] * samples[offset + i];
        }
        double scale = Math.sqrt(power / noisePower * Math.pow(10, -snr / 10)); // silence stays silent
        for (int i = 0; i < length; i++) {
            samples[offset + i] += (float) (scale * noise[i]);
        }
    }
}
