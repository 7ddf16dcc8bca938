package org.openmoshi.tensor.cpu;

import org.jspecify.annotations.Nullable;
import org.openmoshi.tensor.ComputeOp.*;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.cpu.vector.Conv1dGradInputKernel;
import org.openmoshi.tensor.cpu.vector.Conv1dGradWeightKernel;
import org.openmoshi.tensor.cpu.vector.Conv1dKernel;
import org.openmoshi.tensor.cpu.vector.Conv1dShape;
import org.openmoshi.tensor.cpu.vector.Conv2dGradInputKernel;
import org.openmoshi.tensor.cpu.vector.Conv2dGradWeightKernel;
import org.openmoshi.tensor.cpu.vector.Conv2dKernel;
import org.openmoshi.tensor.cpu.vector.Conv2dShape;
import org.openmoshi.tensor.cpu.vector.Gemm;

/** Hands float32 tensors of matrix products and convolutions to their kernels. */
final class VectorProducts {
    private VectorProducts() {}

    // a: [..., M, K], b: [..., K, N], y: [..., M, N]
    static void matMul(Tensor a, Tensor b, Tensor y) {
        int rank = y.rank();
        long m = y.dim(rank - 2);
        long n = y.dim(rank - 1);
        long k = a.dim(a.rank() - 1);
        if (a.isContiguous() && b.size() == k * n) {
            // One B for all: the leading axes of A are more rows.
            multiply(y.size() / Math.max(1, n), n, k, a, new long[] {a.offset()}, b, new long[] {b.offset()}, y);
            return;
        }
        Shape batch = y.shape().without(-1).without(-1);
        multiply(m, n, k, a, matrixOffsets(a, batch), b, matrixOffsets(b, batch), y);
    }

    private static void multiply(
            long m, long n, long k, Tensor a, long[] aOffsets, Tensor b, long[] bOffsets, Tensor y) {
        long[] yOffsets = new long[Math.max(aOffsets.length, bOffsets.length)];
        for (int i = 0; i < yOffsets.length; i++) {
            yOffsets[i] = y.offset() + i * m * n;
        }
        Gemm.runBatch(
                m,
                n,
                k,
                a.segment(),
                aOffsets,
                a.stride(a.rank() - 2),
                a.stride(a.rank() - 1),
                b.segment(),
                bOffsets,
                b.stride(b.rank() - 2),
                b.stride(b.rank() - 1),
                y.segment(),
                yOffsets,
                n,
                null,
                0,
                false);
    }

    /** Where the matrix of every entry of the broadcast leading axes begins. */
    private static long[] matrixOffsets(Tensor x, Shape batch) {
        long[] offsets = new long[Math.toIntExact(batch.size())];
        int leading = x.rank() - 2;
        for (int i = 0; i < offsets.length; i++) {
            long rest = i;
            long offset = x.offset();
            for (int axis = batch.rank() - 1, own = leading - 1; own >= 0; axis--, own--) {
                long index = rest % batch.dim(axis);
                rest /= batch.dim(axis);
                offset += x.dim(own) == 1 ? 0 : index * x.stride(own);
            }
            offsets[i] = offset;
        }
        return offsets;
    }

    // x: [..., K], weight: [N, K], optional bias: [N], y: [..., N]
    static void linear(Tensor[] in, Tensor y) {
        Tensor weight = in[1];
        long n = weight.dim(0);
        long k = weight.dim(1);
        try (DenseOperand x = DenseOperand.of(in[0]);
                DenseOperand bias = bias(in)) {
            Gemm.runBatch(
                    y.size() / Math.max(1, n),
                    n,
                    k,
                    x.segment(),
                    new long[] {x.offset()},
                    k,
                    1,
                    weight.segment(),
                    new long[] {weight.offset()},
                    weight.stride(1),
                    weight.stride(0),
                    y.segment(),
                    new long[] {y.offset()},
                    n,
                    bias == null ? null : bias.segment(),
                    bias == null ? 0 : bias.offset(),
                    false);
        }
    }

    // x: [B, Cin, T], weight: [Cout, Cin/groups, K], optional bias: [Cout], y: [B, Cout, Tout]
    static void conv1d(Conv1d op, Tensor[] in, Tensor y) {
        Conv1dShape shape = shape(op, in[0].shape(), y.shape(), in[1].dim(2));
        try (DenseOperand x = DenseOperand.of(in[0]);
                DenseOperand w = DenseOperand.of(in[1]);
                DenseOperand bias = bias(in)) {
            Conv1dKernel.forward(
                    shape,
                    x.segment(),
                    x.offset(),
                    w.segment(),
                    w.offset(),
                    bias == null ? null : bias.segment(),
                    bias == null ? 0 : bias.offset(),
                    y.segment(),
                    y.offset());
        }
    }

    // g: [B, Cout, Tout], weight: [Cout, Cin/groups, K], dx: [B, Cin, T]
    static void conv1dGradInput(Conv1dGradInput op, Tensor[] in, Tensor dx) {
        Conv1dShape shape = shape(op.conv(), dx.shape(), in[0].shape(), in[1].dim(2));
        transposed(shape, in, dx);
    }

    // g: [B, Cout, Tout], x: [B, Cin, T], dw: [Cout, Cin/groups, K]
    static void conv1dGradWeight(Conv1dGradWeight op, Tensor[] in, Tensor dw) {
        Conv1dShape shape = shape(op.conv(), in[1].shape(), in[0].shape(), op.kernelSize());
        try (DenseOperand g = DenseOperand.of(in[0]);
                DenseOperand x = DenseOperand.of(in[1])) {
            Conv1dGradWeightKernel.run(
                    shape, g.segment(), g.offset(), x.segment(), x.offset(), dw.segment(), dw.offset());
        }
    }

    // x: [B, Cin, T], weight: [Cin, Cout/groups, K], optional bias: [Cout], y: [B, Cout, Tout]
    static void convTranspose1d(ConvTranspose1d op, Tensor[] in, Tensor y) {
        // The convolution whose adjoint this is reads y and writes x.
        Conv1d adjoint = new Conv1d(op.stride(), op.trimLeft(), op.trimRight(), op.dilation(), op.groups());
        transposed(shape(adjoint, y.shape(), in[0].shape(), in[1].dim(2)), in, y);
    }

    private static void transposed(Conv1dShape shape, Tensor[] in, Tensor out) {
        try (DenseOperand g = DenseOperand.of(in[0]);
                DenseOperand w = DenseOperand.of(in[1]);
                DenseOperand bias = bias(in)) {
            Conv1dGradInputKernel.run(
                    shape,
                    g.segment(),
                    g.offset(),
                    w.segment(),
                    w.offset(),
                    bias == null ? null : bias.segment(),
                    bias == null ? 0 : bias.offset(),
                    out.segment(),
                    out.offset());
        }
    }

    // x: [B, Cin, H, W], weight: [Cout, Cin/groups, KH, KW], optional bias: [Cout], y: [B, Cout, H', W']
    static void conv2d(Conv2d op, Tensor[] in, Tensor y) {
        Conv2dShape shape = shape(op, in[0].shape(), y.shape(), in[1].dim(2), in[1].dim(3));
        try (DenseOperand x = DenseOperand.of(in[0]);
                DenseOperand w = DenseOperand.of(in[1]);
                DenseOperand bias = bias(in)) {
            Conv2dKernel.forward(
                    shape,
                    x.segment(),
                    x.offset(),
                    w.segment(),
                    w.offset(),
                    bias == null ? null : bias.segment(),
                    bias == null ? 0 : bias.offset(),
                    y.segment(),
                    y.offset());
        }
    }

    // g: [B, Cout, H', W'], weight: [Cout, Cin/groups, KH, KW], dx: [B, Cin, H, W]
    static void conv2dGradInput(Conv2dGradInput op, Tensor[] in, Tensor dx) {
        Conv2dShape shape = shape(op.conv(), dx.shape(), in[0].shape(), in[1].dim(2), in[1].dim(3));
        try (DenseOperand g = DenseOperand.of(in[0]);
                DenseOperand w = DenseOperand.of(in[1])) {
            Conv2dGradInputKernel.run(
                    shape, g.segment(), g.offset(), w.segment(), w.offset(), null, 0, dx.segment(), dx.offset());
        }
    }

    // g: [B, Cout, H', W'], x: [B, Cin, H, W], dw: [Cout, Cin/groups, KH, KW]
    static void conv2dGradWeight(Conv2dGradWeight op, Tensor[] in, Tensor dw) {
        Conv2dShape shape = shape(op.conv(), in[1].shape(), in[0].shape(), op.kernelHeight(), op.kernelWidth());
        try (DenseOperand g = DenseOperand.of(in[0]);
                DenseOperand x = DenseOperand.of(in[1])) {
            Conv2dGradWeightKernel.run(
                    shape, g.segment(), g.offset(), x.segment(), x.offset(), dw.segment(), dw.offset());
        }
    }

    private static @Nullable DenseOperand bias(Tensor[] in) {
        return in.length > 2 ? DenseOperand.of(in[2]) : null;
    }

    private static Conv1dShape shape(Conv1d op, Shape x, Shape y, long kernelSize) {
        return new Conv1dShape(
                x.dim(0),
                x.dim(1),
                x.dim(2),
                y.dim(1),
                y.dim(2),
                Math.toIntExact(kernelSize),
                op.stride(),
                op.dilation(),
                op.groups(),
                op.padLeft());
    }

    private static Conv2dShape shape(Conv2d op, Shape x, Shape y, long kernelHeight, long kernelWidth) {
        return new Conv2dShape(
                x.dim(0),
                x.dim(1),
                x.intDim(2),
                x.intDim(3),
                y.dim(1),
                y.intDim(2),
                y.intDim(3),
                Math.toIntExact(kernelHeight),
                Math.toIntExact(kernelWidth),
                op.strideH(),
                op.strideW(),
                op.dilationH(),
                op.dilationW(),
                op.padH(),
                op.padW(),
                op.groups());
    }
}
