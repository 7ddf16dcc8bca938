package org.openmoshi.tensor.cpu.vector;

import java.lang.foreign.MemorySegment;
import org.openmoshi.tensor.ComputeOp.Random;
import org.openmoshi.tensor.Philox;
import org.openmoshi.tensor.cpu.Parallel;

/** The random numbers that {@link Philox} defines, in parallel: each depends on its position only. */
public final class RandomKernel {
    private static final int GRAIN = 1 << 12;

    private RandomKernel() {}

    /** n float32 numbers of the operation's sequence. */
    public static void fill(Random op, MemorySegment y, long yOffset, long n) {
        Parallel.run(Math.toIntExact((n + GRAIN - 1) / GRAIN), t -> {
            long from = (long) t * GRAIN;
            block(op, y, yOffset, from, Math.min(n, from + GRAIN));
        });
    }

    private static void block(Random op, MemorySegment y, long yOffset, long from, long to) {
        int[] words = new int[4];
        long current = -1;
        for (long i = from; i < to; i++) {
            long position = op.offset() + i;
            if (position >>> 2 != current) {
                current = position >>> 2;
                Philox.block(op.seed(), current, 0, words);
            }
            float value = switch (op.distribution()) {
                case UNIFORM -> Philox.uniformFloat(words[(int) (position & 3)], op.a(), op.b());
                case NORMAL -> (float) (op.a() + op.b() * Philox.normal(words, position));
                case TRUNCATED_NORMAL -> {
                    current = -1; // a redraw leaves another attempt's words
                    yield (float) (op.a() + op.b() * Philox.truncatedNormal(op.seed(), position, words));
                }
            };
            Lanes.set(y, yOffset + i, value);
        }
    }
}
