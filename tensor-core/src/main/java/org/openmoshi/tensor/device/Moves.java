package org.openmoshi.tensor.device;

import org.openmoshi.tensor.ComputeOp.Concat;
import org.openmoshi.tensor.ComputeOp.Pad;
import org.openmoshi.tensor.ComputeOp.PadGrad;
import org.openmoshi.tensor.Tensor;

/** Joining and padding. */
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

    static void pad(Pad op, Work work) {
        throw new UnsupportedOperationException("pad");
    }

    static void padGrad(PadGrad op, Work work) {
        throw new UnsupportedOperationException("padGrad");
    }
}
