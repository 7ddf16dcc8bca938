package org.openmoshi.tensor.cpu.scalar;

import org.openmoshi.tensor.ComputeOp.Arange;
import org.openmoshi.tensor.ComputeOp.Full;
import org.openmoshi.tensor.ComputeOp.Random;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Philox;

/** Tensors from nothing. */
public final class Creation {
    private static final int BLOCK = 4;

    private Creation() {}

    /** Constant. */
    public static void full(Full op, Operands t) {
        Cells out = t.out(0);
        if (out.size() > 0) {
            out.set(0, op.value());
        }
        for (long filled = 1; filled < out.size(); filled *= 2) {
            out.copy(filled, out, 0, Math.min(filled, out.size() - filled));
        }
    }

    /** Arithmetic sequence. */
    public static void arange(Arange op, Operands t) {
        Cells out = t.out(0);
        for (long i = 0; i < out.size(); i++) {
            out.set(i, op.start() + i * op.step());
        }
    }

    /** Random numbers as {@link Philox} defines them. */
    public static void random(Random op, Operands t) {
        Cells out = t.out(0);
        int[] words = new int[BLOCK];
        long current = -1;
        for (long i = 0; i < out.size(); i++) {
            long position = op.offset() + i;
            if (position >>> 2 != current) {
                current = position >>> 2;
                Philox.block(op.seed(), current, 0, words);
            }
            switch (op.distribution()) {
                case UNIFORM -> out.set(i, uniform(op, words[(int) (position & 3)]));
                case NORMAL -> out.set(i, op.a() + op.b() * Philox.normal(words, position));
                case TRUNCATED_NORMAL -> {
                    out.set(i, op.a() + op.b() * Philox.truncatedNormal(op.seed(), position, words));
                    current = -1; // a redraw left another attempt's words
                }
            }
        }
    }

    private static double uniform(Random op, int word) {
        return op.dtype() == DType.F32
                ? Philox.uniformFloat(word, op.a(), op.b())
                : op.a() + (op.b() - op.a()) * Philox.uniform32(word);
    }
}
