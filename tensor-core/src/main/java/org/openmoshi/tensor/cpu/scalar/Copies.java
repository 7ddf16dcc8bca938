package org.openmoshi.tensor.cpu.scalar;

import org.openmoshi.tensor.ComputeOp.Concat;
import org.openmoshi.tensor.ComputeOp.Pad;
import org.openmoshi.tensor.ComputeOp.PadGrad;
import org.openmoshi.tensor.ComputeOp.PadMode;
import org.openmoshi.tensor.Tensor;

/** Casts, dense copies, joining and padding. */
public final class Copies {
    private Copies() {}

    /** A dense copy in the output's type. */
    public static void copy(Operands t) {
        Tensor x = t.tensor(0);
        Cells out = t.out(0);
        Strided.copy(
                x.shape(),
                Operands.storage(x),
                x.offset(),
                x.strides(),
                out,
                0,
                x.shape().contiguousStrides());
    }

    /** Joins along an axis. */
    public static void concat(Concat op, Operands t) {
        Cells out = t.out(0);
        long outer = out.shape().product(0, op.axis());
        long inner = out.shape().product(op.axis() + 1, out.shape().rank());
        long row = out.dim(op.axis()) * inner;
        long start = 0;
        for (int part = 0; part < t.count(); part++) {
            Cells x = t.in(part);
            long length = x.dim(op.axis()) * inner;
            for (long o = 0; o < outer; o++) {
                out.copy(o * row + start, x, o * length, length);
            }
            start += length;
        }
    }

    /** Grows an axis. */
    public static void pad(Pad op, Operands t) {
        Cells x = t.in(0);
        Cells out = t.out(0);
        long n = x.dim(op.axis());
        long grown = out.dim(op.axis());
        long inner = x.shape().product(op.axis() + 1, x.shape().rank());
        long outer = x.shape().product(0, op.axis());
        for (long o = 0; o < outer; o++) {
            for (long j = 0; j < grown; j++) {
                long source = source(op.mode(), j - op.before(), n);
                long to = (o * grown + j) * inner;
                if (source >= 0) {
                    out.copy(to, x, (o * n + source) * inner, inner);
                } else {
                    for (long i = 0; i < inner; i++) {
                        out.set(to + i, op.value());
                    }
                }
            }
        }
    }

    /** The adjoint: every element collects the gradients of its copies. */
    public static void padGradient(PadGrad op, Operands t) {
        Cells g = t.in(0);
        Cells dx = t.out(0);
        Cells sums = t.accumulator(dx);
        long n = dx.dim(op.axis());
        long grown = g.dim(op.axis());
        long inner = g.shape().product(op.axis() + 1, g.shape().rank());
        long outer = g.shape().product(0, op.axis());
        for (long o = 0; o < outer; o++) {
            for (long j = 0; j < grown; j++) {
                long source = source(op.mode(), j - op.before(), n);
                for (long i = 0; source >= 0 && i < inner; i++) {
                    sums.add((o * n + source) * inner + i, g, (o * grown + j) * inner + i);
                }
            }
        }
        Indexing.store(sums, dx);
    }

    /** Which of the n elements position j (relative to the first) shows; -1 for the constant. */
    private static long source(PadMode mode, long j, long n) {
        if (j >= 0 && j < n) {
            return j;
        }
        return switch (mode) {
            case CONSTANT -> -1;
            case REFLECT -> j < 0 ? -j : 2 * (n - 1) - j;
            case REPLICATE -> j < 0 ? 0 : n - 1;
        };
    }
}
