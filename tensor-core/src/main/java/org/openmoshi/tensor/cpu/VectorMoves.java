package org.openmoshi.tensor.cpu;

import org.openmoshi.tensor.ComputeOp.*;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.cpu.vector.CopyKernel;

/** Joining and padding float32 tensors: strided copies into parts of the output. */
final class VectorMoves {
    private VectorMoves() {}

    static void concat(Concat op, Tensor[] in, Tensor y) {
        long start = 0;
        for (Tensor x : in) {
            copyPart(x, 0, 1, y, op.axis(), start, x.dim(op.axis()));
            start += x.dim(op.axis());
        }
    }

    static void pad(Pad op, Tensor x, Tensor y) {
        int axis = op.axis();
        long n = x.dim(axis);
        if (op.mode() == PadMode.CONSTANT) {
            CopyKernel.fill(y.segment(), y.offset(), y.size(), (float) op.value());
        }
        copyPart(x, 0, 1, y, axis, op.before(), n);
        switch (op.mode()) {
            case CONSTANT -> {}
            case REFLECT -> {
                copyPart(x, op.before(), -1, y, axis, 0, op.before());
                copyPart(x, n - 2, -1, y, axis, op.before() + n, op.after());
            }
            case REPLICATE -> {
                copyPart(x, 0, 0, y, axis, 0, op.before());
                copyPart(x, n - 1, 0, y, axis, op.before() + n, op.after());
            }
        }
    }

    /** y[..., start + j, ...] = x[..., from + j step, ...] for j in [0, length). */
    private static void copyPart(Tensor x, long from, int step, Tensor y, int axis, long start, long length) {
        if (length == 0) {
            return;
        }
        long[] shape = x.shape().with(axis, length).toArray();
        long[] strides = x.strides();
        long xo = x.offset() + from * strides[axis];
        strides[axis] *= step;
        CopyKernel.copy(x.segment(), xo, strides, y.segment(), y.offset() + start * y.stride(axis), y.strides(), shape);
    }
}
