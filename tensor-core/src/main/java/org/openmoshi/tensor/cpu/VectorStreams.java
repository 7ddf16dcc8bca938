package org.openmoshi.tensor.cpu;

import org.openmoshi.tensor.ComputeOp.PackedConv1d;
import org.openmoshi.tensor.ComputeOp.RingAttention;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.cpu.vector.PackedConvKernel;
import org.openmoshi.tensor.cpu.vector.PackedConvShape;
import org.openmoshi.tensor.cpu.vector.RingAttentionKernel;
import org.openmoshi.tensor.cpu.vector.RingWriteKernel;

/** Hands float32 tensors of a stream's steps to their kernels. Each says whether it could take the layout. */
final class VectorStreams {
    private VectorStreams() {}

    // (x: [B, T, C], panels: [P, C K, 32], optional bias: [M]) -> y: [B, Tout, M]
    static boolean packedConv1d(PackedConv1d op, Tensor[] in, Tensor y) {
        Tensor x = in[0];
        Tensor panels = in[1];
        if ((x.dim(2) != 1 && x.stride(2) != 1)
                || !panels.isContiguous()
                || panels.dtype() == DType.F64
                || (in.length > 2 && !in[2].isContiguous())) {
            return false;
        }
        PackedConvShape shape = new PackedConvShape(
                y.intDim(0),
                y.intDim(1),
                x.intDim(2),
                Math.toIntExact(op.outChannels()),
                op.kernelSize(),
                op.stride() * x.stride(1),
                (op.newestFirst() ? -op.dilation() : op.dilation()) * x.stride(1),
                x.stride(0));
        long firstTap = op.newestFirst() ? (op.kernelSize() - 1L) * op.dilation() * x.stride(1) : 0;
        PackedConvKernel.forward(
                shape,
                x.segment(),
                x.offset() + firstTap,
                panels.segment(),
                panels.offset(),
                panels.dtype() == DType.BF16,
                in.length > 2 ? in[2].segment() : null,
                in.length > 2 ? in[2].offset() : 0,
                y.segment(),
                y.offset());
        return true;
    }

    // (q: [B, H, T, D], keys, values: [B, H, S, D], position: [B]) -> out: [B, H, T, D]
    static boolean ringAttention(RingAttention op, Tensor[] in, Tensor out) {
        Tensor keys = in[1];
        Tensor values = in[2];
        if (!RingAttentionKernel.takes(keys.dim(2), keys.stride(2), values.stride(3)) || !in[3].isContiguous()) {
            return false;
        }
        RingAttentionKernel.forward(
                op.context(),
                (float) op.scale(),
                VectorAttention.operand(in[0]),
                VectorAttention.operand(keys),
                VectorAttention.operand(values),
                in[3].segment(),
                in[3].offset(),
                out.segment(),
                out.offset(),
                out.intDim(0),
                out.intDim(1),
                out.intDim(2),
                keys.intDim(2),
                out.intDim(3));
        return true;
    }

    // (ring: [B, H, S, D], x: [B, H, T, D], position: [B])
    static boolean ringWrite(Tensor... in) {
        if (in[0].storage() == in[1].storage() || !in[2].isContiguous()) {
            return false;
        }
        Tensor x = in[1];
        RingWriteKernel.write(
                VectorAttention.operand(in[0]),
                VectorAttention.operand(x),
                in[2].segment(),
                in[2].offset(),
                x.intDim(0),
                x.intDim(1),
                x.intDim(2),
                in[0].intDim(2),
                x.intDim(3));
        return true;
    }
}
