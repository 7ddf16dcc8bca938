package org.openmoshi.train.data;

/**
 * Random numbers without a state: a function of (seed, index, draw), so that a position in the data is one number. The
 * mixing function is SplitMix64's (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
 */
final class CounterRandom {

    private static final long GOLDEN_RATIO = 0x9E3779B97F4A7C15L;

    private CounterRandom() {}

    /** Uniform in [0, 1). */
    static double uniform(long seed, long index, int draw) {
        long bits = mix(mix(mix(seed) + index * GOLDEN_RATIO) + draw * GOLDEN_RATIO);
        return (bits >>> 11) * 0x1p-53;
    }

    /** Uniform in [min, max). */
    static double uniform(long seed, long index, int draw, double min, double max) {
        return min + (max - min) * uniform(seed, index, draw);
    }

    /** A bijection of the 64-bit numbers in which every input bit changes every output bit with probability 1/2. */
    static long mix(long value) {
        long z = value + GOLDEN_RATIO;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
