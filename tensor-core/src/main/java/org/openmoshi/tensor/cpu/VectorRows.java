package org.openmoshi.tensor.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.openmoshi.tensor.ComputeOp.*;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.cpu.vector.CopyKernel;
import org.openmoshi.tensor.cpu.vector.CrossEntropyKernel;
import org.openmoshi.tensor.cpu.vector.GroupNormKernel;
import org.openmoshi.tensor.cpu.vector.LayerNormKernel;
import org.openmoshi.tensor.cpu.vector.NearestCodeKernel;
import org.openmoshi.tensor.cpu.vector.ResidualCodesKernel;
import org.openmoshi.tensor.cpu.vector.SoftmaxKernel;
import org.openmoshi.tensor.cpu.vector.WeightNormKernel;

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

    // (x [B, C, ...], weight [C], bias [C]) -> y, mean [B, groups], rstd [B, groups]
    static void groupNorm(GroupNorm op, Tensor[] in, Tensor[] out) {
        try (DenseOperand x = DenseOperand.of(in[0]);
                DenseOperand weight = DenseOperand.of(in[1]);
                DenseOperand bias = DenseOperand.of(in[2])) {
            GroupNormKernel.forward(
                    op.epsilon(),
                    x.segment(),
                    x.offset(),
                    weight.segment(),
                    weight.offset(),
                    bias.segment(),
                    bias.offset(),
                    out[0].segment(),
                    out[0].offset(),
                    out[1].segment(),
                    out[1].offset(),
                    out[2].segment(),
                    out[2].offset(),
                    in[0].intDim(0),
                    in[0].intDim(1),
                    positions(in[0]),
                    op.groups());
        }
    }

    // (g, x, weight, mean, rstd) -> dx, dweight, dbias
    static void groupNormGrad(GroupNormGrad op, Tensor[] in, Tensor[] out) {
        try (DenseOperand g = DenseOperand.of(in[0]);
                DenseOperand x = DenseOperand.of(in[1]);
                DenseOperand weight = DenseOperand.of(in[2]);
                DenseOperand mean = DenseOperand.of(in[3]);
                DenseOperand rstd = DenseOperand.of(in[4])) {
            GroupNormKernel.backward(
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
                    in[1].intDim(0),
                    in[1].intDim(1),
                    positions(in[1]),
                    op.groups());
        }
    }

    private static int positions(Tensor x) {
        return Math.toIntExact(x.shape().product(2, x.rank()));
    }

    // (logits [N, V], targets int64 [N], optional weights [N]) -> losses [N], logSumExp [N]
    static void crossEntropy(CrossEntropy op, Tensor[] in, Tensor[] out) {
        checkTargets(op, in[1], in[0].dim(1));
        try (DenseOperand logits = DenseOperand.of(in[0]);
                DenseOperand weights = DenseOperand.of(in.length > 2 ? in[2] : in[0])) {
            CrossEntropyKernel.forward(
                    logits.segment(),
                    logits.offset(),
                    in[1].segment(),
                    in[1].offset(),
                    in.length > 2 ? weights.segment() : MemorySegment.NULL,
                    weights.offset(),
                    out[0].segment(),
                    out[0].offset(),
                    out[1].segment(),
                    out[1].offset(),
                    in[0].intDim(0),
                    in[0].intDim(1));
        }
    }

    // (g [N], logits, targets, logSumExp, optional weights) -> dlogits [N, V]
    static void crossEntropyGrad(Tensor[] in, Tensor dlogits) {
        try (DenseOperand g = DenseOperand.of(in[0]);
                DenseOperand logits = DenseOperand.of(in[1]);
                DenseOperand logSumExp = DenseOperand.of(in[3]);
                DenseOperand weights = DenseOperand.of(in.length > 4 ? in[4] : in[3])) {
            CrossEntropyKernel.backward(
                    g.segment(),
                    g.offset(),
                    logits.segment(),
                    logits.offset(),
                    in[2].segment(),
                    in[2].offset(),
                    logSumExp.segment(),
                    logSumExp.offset(),
                    in.length > 4 ? weights.segment() : MemorySegment.NULL,
                    weights.offset(),
                    dlogits.segment(),
                    dlogits.offset(),
                    in[1].intDim(0),
                    in[1].intDim(1));
        }
    }

    private static void checkTargets(CrossEntropy op, Tensor targets, long classes) {
        for (long i = 0; i < targets.size(); i++) {
            long target = targets.segment().getAtIndex(ValueLayout.JAVA_LONG, targets.offset() + i);
            if (target >= classes) {
                throw new IndexOutOfBoundsException(op.label() + ": index " + target + " is outside the " + classes
                        + " positions 0 to " + (classes - 1));
            }
        }
    }

    // (v [C, ...], g [C, 1, ...]) -> w [C, ...]
    static void weightNorm(Tensor[] in, Tensor w) {
        int rows = in[0].intDim(0);
        try (DenseOperand v = DenseOperand.of(in[0]);
                DenseOperand g = DenseOperand.of(in[1])) {
            WeightNormKernel.forward(
                    v.segment(), v.offset(), g.segment(), g.offset(), w.segment(), w.offset(), rows, rowLength(in[0]));
        }
    }

    // (dw, v, g) -> dv, dg
    static void weightNormGrad(Tensor[] in, Tensor[] out) {
        int rows = in[1].intDim(0);
        try (DenseOperand dw = DenseOperand.of(in[0]);
                DenseOperand v = DenseOperand.of(in[1]);
                DenseOperand g = DenseOperand.of(in[2])) {
            WeightNormKernel.backward(
                    dw.segment(),
                    dw.offset(),
                    v.segment(),
                    v.offset(),
                    g.segment(),
                    g.offset(),
                    out[0].segment(),
                    out[0].offset(),
                    out[1].segment(),
                    out[1].offset(),
                    rows,
                    rowLength(in[1]));
        }
    }

    private static int rowLength(Tensor v) {
        return Math.toIntExact(v.shape().product(1, v.rank()));
    }

    // (x [N, D], codebook [K, D]) -> int64 [N]
    static void nearestCode(Tensor[] in, Tensor indices) {
        try (DenseOperand x = DenseOperand.of(in[0]);
                DenseOperand codebook = DenseOperand.of(in[1])) {
            NearestCodeKernel.nearest(
                    x.segment(),
                    x.offset(),
                    codebook.segment(),
                    codebook.offset(),
                    indices.segment(),
                    indices.offset(),
                    in[0].intDim(0),
                    in[1].intDim(0),
                    in[1].intDim(1));
        }
    }

    // (x [N, D], codebooks [L, K, D]) -> codes int64 [L, N], residual [N, D]
    static void residualCodes(Tensor[] in, Tensor[] out) {
        Tensor residual = out[1];
        CopyKernel.copy(
                in[0].segment(),
                in[0].offset(),
                in[0].strides(),
                residual.segment(),
                residual.offset(),
                residual.strides(),
                residual.shape().toArray());
        try (DenseOperand codebooks = DenseOperand.of(in[1])) {
            ResidualCodesKernel.search(
                    residual.segment(),
                    residual.offset(),
                    codebooks.segment(),
                    codebooks.offset(),
                    out[0].segment(),
                    out[0].offset(),
                    in[1].intDim(0),
                    in[0].intDim(0),
                    in[1].intDim(1),
                    in[1].intDim(2));
        }
    }
}
