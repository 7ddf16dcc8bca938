package org.openmoshi.tensor.cpu;

import org.openmoshi.tensor.ComputeOp.*;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.cpu.vector.CopyKernel;
import org.openmoshi.tensor.cpu.vector.EmbeddingKernel;

/** Joining, padding and looking up float32 tensors: copies into parts of the output. */
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

    // (index int64 [...], table [V, D]) -> [..., D]
    static void embedding(Tensor index, Tensor table, Tensor y) {
        try (DenseOperand rows = DenseOperand.of(table)) {
            EmbeddingKernel.forward(
                    index.segment(),
                    index.offset(),
                    rows.segment(),
                    rows.offset(),
                    y.segment(),
                    y.offset(),
                    Math.toIntExact(index.size()),
                    table.dim(0),
                    table.intDim(1));
        }
    }

    // (g [..., D], index int64 [...]) -> dtable [V, D]
    static void embeddingGrad(Tensor g, Tensor index, Tensor dtable) {
        try (DenseOperand gradient = DenseOperand.of(g)) {
            EmbeddingKernel.backward(
                    gradient.segment(),
                    gradient.offset(),
                    index.segment(),
                    index.offset(),
                    dtable.segment(),
                    dtable.offset(),
                    Math.toIntExact(index.size()),
                    dtable.dim(0),
                    dtable.intDim(1));
        }
    }

    /** The adjoint of {@link #pad} by reflection or repetition: every element collects the gradients of its copies. */
    static void padGrad(PadGrad op, Tensor g, Tensor dx) {
        int axis = op.axis();
        long n = dx.dim(axis);
        long after = op.before() + n; // where the copies behind x begin
        copyPart(g, op.before(), 1, dx, axis, 0, n);
        switch (op.mode()) {
            case REFLECT -> {
                addPart(g, 0, dx, axis, op.before(), -1, op.before());
                addPart(g, after, dx, axis, n - 2, -1, op.after());
            }
            case REPLICATE -> {
                for (long j = 0; j < op.before(); j++) {
                    addPart(g, j, dx, axis, 0, 1, 1);
                }
                for (long j = 0; j < op.after(); j++) {
                    addPart(g, after + j, dx, axis, n - 1, 1, 1);
                }
            }
            case CONSTANT -> throw new IllegalArgumentException("PadGrad: a constant has no gradient");
        }
    }

    /** dx[..., start + j step, ...] += g[..., from + j, ...] for j in [0, length). */
    private static void addPart(Tensor g, long from, Tensor dx, int axis, long start, int step, long length) {
        if (length == 0) {
            return;
        }
        long[] shape = dx.shape().with(axis, length).toArray();
        long[] strides = dx.strides();
        long offset = dx.offset() + start * strides[axis];
        strides[axis] *= step;
        CopyKernel.add(
                g.segment(), g.offset() + from * g.stride(axis), g.strides(), dx.segment(), offset, strides, shape);
    }
}
