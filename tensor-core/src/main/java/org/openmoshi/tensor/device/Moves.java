package org.openmoshi.tensor.device;

import org.openmoshi.tensor.ComputeOp.Concat;
import org.openmoshi.tensor.ComputeOp.Pad;
import org.openmoshi.tensor.ComputeOp.PadGrad;
import org.openmoshi.tensor.ComputeOp.PadMode;
import org.openmoshi.tensor.Tensor;

/** Joining and padding ({@code copy.h}, {@code fill.h}, {@code pad.h}). */
final class Moves {
    private Moves() {}

    /** Each input into its part of the result. */
    static void concat(Concat op, Work work) {
        Tensor out = work.out(0);
        long[] strides = out.shape().contiguousStrides();
        long at = out.offset();
        for (int i = 0; i < work.count(); i++) {
            Tensor x = work.in(i);
            Block part = new Block(out.segment(), at);
            Copies.strided(work, x.dtype(), x.shape().toArray(), Block.of(x), x.strides(), part, strides);
            at += x.dim(op.axis()) * strides[op.axis()];
        }
    }

    /** The input, then what stands before and after it: margins are copies of it with stride -1 or 0 along the axis. */
    static void pad(Pad op, Work work) {
        long n = work.in(0).dim(op.axis());
        part(op, work, op.before(), n, 0, 1);
        if (op.mode() == PadMode.CONSTANT) {
            fill(op, work, 0, op.before());
            fill(op, work, op.before() + n, op.after());
        } else {
            boolean reflect = op.mode() == PadMode.REFLECT;
            part(op, work, 0, op.before(), reflect ? op.before() : 0, reflect ? -1 : 0);
            part(op, work, op.before() + n, op.after(), reflect ? n - 2 : n - 1, reflect ? -1 : 0);
        }
    }

    /** Copies {@code count} slices of the axis to those from {@code to}, beginning with {@code from}. */
    private static void part(Pad op, Work work, long to, long count, long from, long step) {
        Tensor x = work.in(0);
        int axis = op.axis();
        long[] strides = x.strides().clone();
        Block source = new Block(x.segment(), x.offset() + from * strides[axis]);
        strides[axis] *= step;
        long[] outStrides = work.out(0).shape().contiguousStrides();
        long[] sizes = x.shape().with(axis, count).toArray();
        Copies.strided(work, x.dtype(), sizes, source, strides, slices(op, work, to), outStrides);
    }

    private static void fill(Pad op, Work work, long to, long count) {
        Tensor out = work.out(0);
        Copies.fill(
                work,
                out.dtype(),
                out.shape().with(op.axis(), count),
                slices(op, work, to),
                out.shape().contiguousStrides(),
                op.value());
    }

    private static Block slices(Pad op, Work work, long from) {
        Tensor out = work.out(0);
        return new Block(out.segment(), out.offset() + from * out.shape().contiguousStrides()[op.axis()]);
    }

    static void padGrad(PadGrad op, Work work) {
        Tensor dx = work.out(0);
        String entry = op.mode() == PadMode.REFLECT ? "pad_grad_reflect" : "pad_grad_replicate";
        Block g = work.dense(0);
        work.kernel("pad", dx.dtype(), entry)
                .tensor(dx)
                .dense(g)
                .integer(dx.dim(op.axis()))
                .integer(op.before())
                .integer(op.after())
                .integer(dx.shape().product(op.axis() + 1, dx.rank()))
                .integer(dx.size())
                .elements(dx.size());
    }
}
