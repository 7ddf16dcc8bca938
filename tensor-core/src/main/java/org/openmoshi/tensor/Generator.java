package org.openmoshi.tensor;

import org.openmoshi.tensor.ComputeOp.Distribution;

/**
 * A stream of random numbers: a seed and a position in its {@link Philox} sequence that every draw advances. Saving the
 * two numbers and restoring them continues the stream. Not safe for use by several threads at once.
 */
public final class Generator {
    private static final int BLOCK = 4;

    private final int[] words = new int[BLOCK];
    private long seed;
    private long offset;

    /** Starts at the beginning of a seed's sequence. */
    public Generator(long seed) {
        this(seed, 0);
    }

    /** Continues a sequence where {@link #offset} stood. */
    public Generator(long seed, long offset) {
        restore(seed, offset);
    }

    /** The seed. */
    public long seed() {
        return seed;
    }

    /** The position of the next draw. */
    public long offset() {
        return offset;
    }

    /** Sets the state to one that was saved. */
    public void restore(long savedSeed, long savedOffset) {
        if (savedOffset < 0 || savedOffset % BLOCK != 0) {
            throw new IllegalArgumentException("a generator's offset is a multiple of 4 from 0, not " + savedOffset);
        }
        seed = savedSeed;
        offset = savedOffset;
    }

    /** Uniform numbers on [low, high). */
    public Tensor uniform(DType dtype, double low, double high, long... shape) {
        return draw(Distribution.UNIFORM, dtype, low, high, shape);
    }

    /** Normal numbers. */
    public Tensor normal(DType dtype, double mean, double deviation, long... shape) {
        return draw(Distribution.NORMAL, dtype, mean, deviation, shape);
    }

    /** Normal numbers, each redrawn until it is within two standard deviations of the mean. */
    public Tensor truncatedNormal(DType dtype, double mean, double deviation, long... shape) {
        return draw(Distribution.TRUNCATED_NORMAL, dtype, mean, deviation, shape);
    }

    private Tensor draw(Distribution distribution, DType dtype, double a, double b, long... dims) {
        Shape shape = Shape.of(dims);
        ComputeOp op = new ComputeOp.Random(distribution, dtype, shape, seed, offset, a, b);
        Tensor tensor = Engine.create(Backends.defaultBackend(), op);
        // whole blocks, so that no draw shares a word with another
        offset += (shape.size() + BLOCK - 1) / BLOCK * BLOCK;
        return tensor;
    }

    /** 64 random bits. */
    public long nextLong() {
        Philox.block(seed, offset / BLOCK, 0, words);
        offset += BLOCK;
        return ((long) words[1] << 32) | (words[0] & 0xFFFFFFFFL);
    }

    /** A number in [0, bound); the bias is below bound / 2^64. */
    public long nextLong(long bound) {
        if (bound <= 0) {
            throw new IllegalArgumentException("bound is " + bound + ", must be positive");
        }
        return Math.unsignedMultiplyHigh(nextLong(), bound);
    }

    /** A number in [0, 1) with 53 random bits. */
    public double nextDouble() {
        return (nextLong() >>> 11) * 0x1p-53;
    }

    /** The numbers 0 to n - 1 in random order (Fisher and Yates). */
    public long[] permutation(int n) {
        long[] order = new long[n];
        for (int i = 0; i < n; i++) {
            int j = (int) nextLong(i + 1L);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }
}
