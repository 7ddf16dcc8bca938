package org.openmoshi.benchmarks;

import java.util.SplittableRandom;

/** Standard normal operands; both sides of a row draw the same ones, in the same order. */
final class Operands {
    private int drawn;

    /** The next operand, row-major. */
    float[] next(int... shape) {
        int size = 1;
        for (int dim : shape) {
            size = Math.multiplyExact(size, dim);
        }
        SplittableRandom random = new SplittableRandom(drawn++);
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /** A shape as both libraries want it. */
    static long[] dims(int... shape) {
        long[] dims = new long[shape.length];
        for (int i = 0; i < shape.length; i++) {
            dims[i] = shape[i];
        }
        return dims;
    }
}
