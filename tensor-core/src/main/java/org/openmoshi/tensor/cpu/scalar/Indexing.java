package org.openmoshi.tensor.cpu.scalar;

import org.openmoshi.tensor.ComputeOp.Embedding;
import org.openmoshi.tensor.ComputeOp.Gather;
import org.openmoshi.tensor.ComputeOp.IndexAdd;
import org.openmoshi.tensor.ComputeOp.IndexSelect;
import org.openmoshi.tensor.ComputeOp.OneHot;
import org.openmoshi.tensor.ComputeOp.ScatterAdd;
import org.openmoshi.tensor.Op;

/** Picking elements and slices by index, and adding them back in the order of the indices. */
public final class Indexing {
    private Indexing() {}

    /** out[..., j, ...] = x[..., index[..., j, ...], ...]. */
    public static void gather(Gather op, Operands t) {
        Cells x = t.in(0);
        Cells index = t.in(1);
        Cells out = t.out(0);
        long n = x.dim(op.axis());
        long m = index.dim(op.axis());
        long inner = x.shape().product(op.axis() + 1, x.shape().rank());
        for (long i = 0; i < out.size(); i++) {
            long at = check(op, index.getLong(i), n);
            out.copy(i, x, (i / (m * inner) * n + at) * inner + i % inner);
        }
    }

    /** out = 0; out[..., index[..., j, ...], ...] += src[..., j, ...]. */
    public static void scatterAdd(ScatterAdd op, Operands t) {
        Cells src = t.in(0);
        Cells index = t.in(1);
        Cells out = t.out(0);
        Cells sums = t.accumulator(out);
        long m = src.dim(op.axis());
        long inner = src.shape().product(op.axis() + 1, src.shape().rank());
        for (long i = 0; i < src.size(); i++) {
            long at = check(op, index.getLong(i), op.size());
            sums.add((i / (m * inner) * op.size() + at) * inner + i % inner, src, i);
        }
        store(sums, out);
    }

    /** out[..., j, ...] = x[..., index[j], ...]. */
    public static void select(IndexSelect op, Operands t) {
        Cells x = t.in(0);
        Cells index = t.in(1);
        Cells out = t.out(0);
        long n = x.dim(op.axis());
        long m = index.size();
        long inner = x.shape().product(op.axis() + 1, x.shape().rank());
        long outer = x.shape().product(0, op.axis());
        for (long o = 0; o < outer; o++) {
            for (long j = 0; j < m; j++) {
                long at = check(op, index.getLong(j), n);
                out.copy((o * m + j) * inner, x, (o * n + at) * inner, inner);
            }
        }
    }

    /** out = 0; out[..., index[j], ...] += src[..., j, ...]. */
    public static void indexAdd(IndexAdd op, Operands t) {
        Cells src = t.in(0);
        Cells index = t.in(1);
        Cells out = t.out(0);
        Cells sums = t.accumulator(out);
        long m = index.size();
        long inner = src.shape().product(op.axis() + 1, src.shape().rank());
        long outer = src.shape().product(0, op.axis());
        for (long o = 0; o < outer; o++) {
            for (long j = 0; j < m; j++) {
                long at = check(op, index.getLong(j), op.size());
                for (long i = 0; i < inner; i++) {
                    sums.add((o * op.size() + at) * inner + i, src, (o * m + j) * inner + i);
                }
            }
        }
        store(sums, out);
    }

    /** A 1 at every index. */
    public static void oneHot(OneHot op, Operands t) {
        Cells index = t.in(0);
        Cells out = t.out(0);
        out.clear();
        for (long i = 0; i < index.size(); i++) {
            long at = index.getLong(i);
            if (at >= 0) {
                out.setLong(i * op.classes() + check(op, at, op.classes()), 1);
            }
        }
    }

    /** Rows of a table. */
    public static void embedding(Embedding op, Operands t) {
        Cells index = t.in(0);
        Cells table = t.in(1);
        Cells out = t.out(0);
        long d = table.dim(1);
        out.clear();
        for (long i = 0; i < index.size(); i++) {
            long row = index.getLong(i);
            if (row >= 0) {
                out.copy(i * d, table, check(op, row, table.dim(0)) * d, d);
            }
        }
    }

    /** Sums of the gradients of each row's uses. */
    public static void embeddingGradient(Op op, Operands t) {
        Cells g = t.in(0);
        Cells index = t.in(1);
        Cells out = t.out(0);
        Cells sums = t.accumulator(out);
        long d = out.dim(1);
        for (long i = 0; i < index.size(); i++) {
            long row = index.getLong(i);
            if (row < 0) {
                continue;
            }
            check(op, row, out.dim(0));
            for (long j = 0; j < d; j++) {
                sums.add(row * d + j, g, i * d + j);
            }
        }
        store(sums, out);
    }

    /** Rounds sums to the output's type. */
    static void store(Cells sums, Cells out) {
        for (long i = 0; i < out.size(); i++) {
            out.convert(i, sums, i);
        }
    }

    /** The index, if it is one of {@code bound} positions. */
    static long check(Op op, long index, long bound) {
        if (index < 0 || index >= bound) {
            throw new IndexOutOfBoundsException(
                    op.label() + ": index " + index + " is outside the " + bound + " positions 0 to " + (bound - 1));
        }
        return index;
    }
}
