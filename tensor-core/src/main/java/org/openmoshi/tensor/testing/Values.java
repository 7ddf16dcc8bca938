package org.openmoshi.tensor.testing;

import java.util.Random;

/** Where the numbers of a test input come from. */
@FunctionalInterface
public interface Values {
    /** The next number. */
    double next(Random random);

    /** Standard normal. */
    static Values normal() {
        return Random::nextGaussian;
    }

    /** Uniform on [low, high). */
    static Values uniform(double low, double high) {
        return random -> low + (high - low) * random.nextDouble();
    }

    /** Normal, but at least 0.01 away from each point: finite differences must not straddle a kink. */
    static Values awayFrom(double... points) {
        return random -> {
            while (true) {
                double value = 1.5 * random.nextGaussian();
                boolean clear = true;
                for (double point : points) {
                    clear &= Math.abs(value - point) > 0.01;
                }
                if (clear) {
                    return value;
                }
            }
        };
    }

    /** Whole numbers from low (inclusive) to high (exclusive). */
    static Values integers(int low, int high) {
        return random -> random.nextInt(low, high);
    }

    /** Zeros of both signs, infinities, NaN, the smallest and the largest numbers of float32, halves. */
    static Values special() {
        return Special.ANY;
    }

    /** Values of all magnitudes: results are compared one by one, as large ones would hide the errors of small ones. */
    enum Special implements Values {
        /** The only one. */
        ANY;

        private static final double[] VALUES = {
            0.0,
            -0.0,
            Double.POSITIVE_INFINITY,
            Double.NEGATIVE_INFINITY,
            Double.NaN,
            Float.MIN_VALUE,
            -Float.MIN_NORMAL,
            Float.MAX_VALUE,
            -Float.MAX_VALUE,
            0.5,
            -1.5,
            2.5,
            1,
            -100
        };

        @Override
        public double next(Random random) {
            return VALUES[random.nextInt(VALUES.length)];
        }
    }
}
