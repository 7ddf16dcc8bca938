package org.openmoshi.tensor.cpu;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import org.openmoshi.tensor.ComputeOp.*;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.cpu.vector.AttentionGradKernel;
import org.openmoshi.tensor.cpu.vector.AttentionGradKernel.Operand;
import org.openmoshi.tensor.cpu.vector.AttentionKernel;
import org.openmoshi.tensor.cpu.vector.AttentionShape;
import org.openmoshi.tensor.cpu.vector.RopeKernel;

/** Hands float32 tensors of attention to its kernels, in the layout that they have. */
final class VectorAttention {
    private VectorAttention() {}

    // q: [B, H, T, D], k, v: [B, H, S, D] -> out: [B, H, T, D], logSumExp: [B, H, T]
    static void attention(Attention op, Tensor[] in, Tensor[] out) {
        if (out[0].size() == 0) {
            return;
        }
        AttentionKernel.forward(
                shape(in[0], in[1], op.causal(), op.context(), op.scale()),
                in[0].segment(),
                in[0].offset(),
                in[0].strides(),
                in[1].segment(),
                in[1].offset(),
                in[1].strides(),
                in[2].segment(),
                in[2].offset(),
                in[2].strides(),
                out[0].segment(),
                out[0].offset(),
                out[1].segment(),
                out[1].offset());
    }

    // (g, q, k, v, out, logSumExp) -> dq, dk, dv
    static void attentionGrad(AttentionGrad op, Tensor[] in, Tensor[] out) {
        if (in[2].size() == 0) {
            return;
        }
        try (DenseOperand logSumExp = DenseOperand.of(in[5])) {
            AttentionGradKernel.backward(
                    shape(in[1], in[2], op.causal(), op.context(), op.scale()),
                    operand(in[0]),
                    operand(in[1]),
                    operand(in[2]),
                    operand(in[3]),
                    operand(in[4]),
                    logSumExp.segment(),
                    logSumExp.offset(),
                    out[0].segment(),
                    out[0].offset(),
                    out[1].segment(),
                    out[1].offset(),
                    out[2].segment(),
                    out[2].offset());
        }
    }

    private static AttentionShape shape(Tensor q, Tensor k, boolean causal, int context, double scale) {
        return new AttentionShape(
                q.intDim(0), q.intDim(1), q.intDim(2), k.intDim(2), q.intDim(3), causal, context, (float) scale);
    }

    static Operand operand(Tensor x) {
        return new Operand(x.segment(), x.offset(), x.strides());
    }

    // (x: [B, H, T, D], optional position: [B]) -> y: [B, H, T, D]
    static void rope(Rope op, Tensor[] in, Tensor y) {
        Tensor x = in[0];
        long[] starts = new long[in.length > 1 ? x.intDim(0) : 1];
        for (int i = 0; i < starts.length; i++) {
            starts[i] = op.offset() + (in.length > 1 ? position(in[1], i) : 0);
        }
        if (x.dim(3) == 1 || x.stride(3) == 1) {
            rope(op, starts, new Operand(x.segment(), x.offset(), x.strides()), y);
        } else {
            try (DenseOperand dense = DenseOperand.of(x)) {
                rope(
                        op,
                        starts,
                        new Operand(dense.segment(), dense.offset(), x.shape().contiguousStrides()),
                        y);
            }
        }
    }

    private static long position(Tensor positions, int item) {
        return positions.segment().getAtIndex(JAVA_LONG, positions.offset() + item * positions.stride(0));
    }

    private static void rope(Rope op, long[] starts, Operand x, Tensor y) {
        RopeKernel.rotate(
                op.maxPeriod(),
                starts,
                op.inverse(),
                x.segment(),
                x.offset(),
                x.strides(),
                y.segment(),
                y.offset(),
                y.intDim(0),
                y.intDim(1),
                y.intDim(2),
                y.intDim(3));
    }
}
