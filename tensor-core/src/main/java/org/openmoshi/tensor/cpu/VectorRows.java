package org.openmoshi.tensor.cpu;

import java.lang.foreign.MemorySegment;
import org.openmoshi.tensor.ComputeOp.*;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.cpu.vector.CopyKernel;
import org.openmoshi.tensor.cpu.vector.LayerNormKernel;
import org.openmoshi.tensor.cpu.vector.SoftmaxKernel;

/** Hands float32 tensors of operations over rows (softmax, norms) to their kernels. */
final class VectorRows {
    private VectorRows() {}

    /** A kernel from contiguous rows to contiguous rows. */
    private interface RowKernel {
        void run(MemorySegment x, long xOffset, MemorySegment y, long yOffset, long rows, long n);
    }

    /** A kernel from two operands of contiguous rows. */
    private interface RowGradKernel {
        void run(
                MemorySegment g,
                long gOffset,
                MemorySegment y,
                long yOffset,
                MemorySegment dx,
                long dxOffset,
                long rows,
                long n);
    }

    static void softmax(Softmax op, Tensor x, Tensor y) {
        alongAxis(op.axis(), x, y, SoftmaxKernel::softmax);
    }

    static void logSoftmax(LogSoftmax op, Tensor x, Tensor y) {
        alongAxis(op.axis(), x, y, SoftmaxKernel::logSoftmax);
    }

    static void softmaxGrad(SoftmaxGrad op, Tensor g, Tensor y, Tensor dx) {
        alongAxis(op.axis(), g, y, dx, SoftmaxKernel::softmaxGrad);
    }

    static void logSoftmaxGrad(LogSoftmaxGrad op, Tensor g, Tensor y, Tensor dx) {
        alongAxis(op.axis(), g, y, dx, SoftmaxKernel::logSoftmaxGrad);
    }

    private static void alongAxis(int axis, Tensor x, Tensor y, RowKernel kernel) {
        long n = x.dim(axis);
        if (x.size() == 0) {
            return;
        }
        try (DenseOperand u = DenseOperand.withAxisLast(x, axis)) {
            if (axis == x.rank() - 1) {
                kernel.run(u.segment(), u.offset(), y.segment(), y.offset(), x.size() / n, n);
            } else {
                kernel.run(u.segment(), u.offset(), u.segment(), u.offset(), x.size() / n, n);
                scatter(u, axis, y);
            }
        }
    }

    private static void alongAxis(int axis, Tensor g, Tensor y, Tensor dx, RowGradKernel kernel) {
        long n = y.dim(axis);
        if (y.size() == 0) {
            return;
        }
        try (DenseOperand u = DenseOperand.withAxisLast(g, axis);
                DenseOperand v = DenseOperand.withAxisLast(y, axis)) {
            long rows = y.size() / n;
            if (axis == y.rank() - 1) {
                kernel.run(u.segment(), u.offset(), v.segment(), v.offset(), dx.segment(), dx.offset(), rows, n);
            } else {
                kernel.run(u.segment(), u.offset(), v.segment(), v.offset(), u.segment(), u.offset(), rows, n);
                scatter(u, axis, dx);
            }
        }
    }

    /** Copies an operand whose axis was moved to the end back to where the axis belongs. */
    private static void scatter(DenseOperand x, int axis, Tensor y) {
        long[] shape = DenseOperand.axisLast(y.shape().toArray(), axis);
        CopyKernel.copy(
                x.segment(),
                x.offset(),
                Shape.of(shape).contiguousStrides(),
                y.segment(),
                y.offset(),
                DenseOperand.axisLast(y.strides(), axis),
                shape);
    }

    static void layerNorm(LayerNorm op, Tensor[] in, Tensor[] out) {
        int d = in[0].intDim(-1);
        try (DenseOperand x = DenseOperand.of(in[0]);
                DenseOperand weight = DenseOperand.of(in[1]);
                DenseOperand bias = DenseOperand.of(in[2])) {
            LayerNormKernel.forward(
                    x.segment(),
                    x.offset(),
                    weight.segment(),
                    weight.offset(),
                    bias.segment(),
                    bias.offset(),
                    op.epsilon(),
                    out[0].segment(),
                    out[0].offset(),
                    out[1].segment(),
                    out[1].offset(),
                    out[2].segment(),
                    out[2].offset(),
                    out[1].size(),
                    d);
        }
    }

    static void layerNormGrad(Tensor[] in, Tensor[] out) {
        try (DenseOperand g = DenseOperand.of(in[0]);
                DenseOperand x = DenseOperand.of(in[1]);
                DenseOperand weight = DenseOperand.of(in[2]);
                DenseOperand mean = DenseOperand.of(in[3]);
                DenseOperand rstd = DenseOperand.of(in[4])) {
            LayerNormKernel.backward(
                    g.segment(),
                    g.offset(),
                    x.segment(),
                    x.offset(),
                    weight.segment(),
                    weight.offset(),
                    mean.segment(),
                    mean.offset(),
                    rstd.segment(),
                    rstd.offset(),
                    out[0].segment(),
                    out[0].offset(),
                    out[1].segment(),
                    out[1].offset(),
                    out[2].segment(),
                    out[2].offset(),
                    in[3].size(),
                    in[1].intDim(-1));
        }
    }

    static void rmsNorm(RmsNorm op, Tensor[] in, Tensor[] out) {
        try (DenseOperand x = DenseOperand.of(in[0]);
                DenseOperand weight = DenseOperand.of(in[1])) {
            LayerNormKernel.rmsForward(
                    x.segment(),
                    x.offset(),
                    weight.segment(),
                    weight.offset(),
                    op.epsilon(),
                    out[0].segment(),
                    out[0].offset(),
                    out[1].segment(),
                    out[1].offset(),
                    out[1].size(),
                    in[0].intDim(-1));
        }
    }

    static void rmsNormGrad(Tensor[] in, Tensor[] out) {
        try (DenseOperand g = DenseOperand.of(in[0]);
                DenseOperand x = DenseOperand.of(in[1]);
                DenseOperand weight = DenseOperand.of(in[2]);
                DenseOperand rstd = DenseOperand.of(in[3])) {
            LayerNormKernel.rmsBackward(
                    g.segment(),
                    g.offset(),
                    x.segment(),
                    x.offset(),
                    weight.segment(),
                    weight.offset(),
                    rstd.segment(),
                    rstd.offset(),
                    out[0].segment(),
                    out[0].offset(),
                    out[1].segment(),
                    out[1].offset(),
                    in[3].size(),
                    in[1].intDim(-1));
        }
    }
}
