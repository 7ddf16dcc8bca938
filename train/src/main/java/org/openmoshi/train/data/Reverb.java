package org.openmoshi.train.data;

import org.jtransforms.fft.FloatFFT_1D;

/**
 * The sound of a room, from a synthetic impulse response: the direct sound, then noise that decays exponentially (Polack
 * 1988, the statistical model of late reverberation), 0 to 15 dB below the direct sound in energy. The level stays.
 */
final class Reverb {
    private static final double MAX_DIRECT_DB = 15;
    private static final double DELAY_SECONDS = 0.003; // of the first reflection
    private static final int DIRECT_DRAW = 8;
    private static final int TAIL_DRAWS = 1 << 30; // from this number on

    private Reverb() {}

    /**
     * Convolves a window in place.
     *
     * @param seconds in which the room's sound falls by 60 dB
     */
    static void apply(long seed, long index, double seconds, float[] samples, int offset, int length, int sampleRate) {
        int size = Integer.highestOneBit(2 * length - 1) << 1; // no wrap-around of what is kept
        float[] response = new float[size];
        double energy = 0;
        int first = (int) (DELAY_SECONDS * sampleRate);
        int last = Math.min(length, (int) (seconds * sampleRate));
        for (int i = first; i < last; i++) {
            double decay = Math.pow(10, -3.0 * i / (seconds * sampleRate));
            response[i] = (float) (decay * (2 * CounterRandom.uniform(seed, index, TAIL_DRAWS + i) - 1));
            energy += response[i] * response[i];
        }
        if (energy == 0) {
            return; // a window shorter than the first reflection's delay
        }
        double direct = CounterRandom.uniform(seed, index, DIRECT_DRAW, 0, MAX_DIRECT_DB);
        double tail = Math.pow(10, -direct / 10);
        double norm = Math.sqrt(1 + tail);
        float scale = (float) (Math.sqrt(tail / energy) / norm);
        for (int i = first; i < last; i++) {
            response[i] *= scale;
        }
        response[0] = (float) (1 / norm);
        float[] signal = new float[size];
        System.arraycopy(samples, offset, signal, 0, length);
        convolve(signal, response);
        System.arraycopy(signal, 0, samples, offset, length);
    }

    /** Cyclic convolution of two arrays of a power of two, into the first. */
    private static void convolve(float[] a, float[] b) {
        FloatFFT_1D fft = new FloatFFT_1D(a.length);
        fft.realForward(a);
        fft.realForward(b);
        a[0] *= b[0]; // the two real values of the packed spectrum
        a[1] *= b[1];
        for (int i = 2; i < a.length; i += 2) {
            float re = a[i] * b[i] - a[i + 1] * b[i + 1];
            a[i + 1] = a[i] * b[i + 1] + a[i + 1] * b[i];
            a[i] = re;
        }
        fft.realInverse(a, true);
    }
}
