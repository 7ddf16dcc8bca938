package org.openmoshi.tensor.device;

import org.openmoshi.tensor.ComputeOp.PackedConv1d;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Tensor;

/** Convolutions of streams with weights in panels ({@code packed_conv.h}). */
final class PackedConvolutions {
    private PackedConvolutions() {}

    // (x [B, T, C], panels [P, C K, 32], optional bias [M]) -> [B, Tout, M]
    static void forward(PackedConv1d op, Work work) {
        Tensor x = work.in(0);
        Tensor y = work.out(0);
        Block panels = work.dense(1);
        boolean biased = work.count() > 2;
        Block bias = work.dense(biased ? 2 : 1); // not read without one
        String types = Kernels.type(x.dtype()) + (work.in(1).dtype() == DType.BF16 ? " BF16_PANELS" : "");
        work.kernel("packed_conv", types, "packed_conv")
                .tensor(y)
                .tensor(x)
                .layout(x.shape(), x.strides())
                .dense(panels)
                .dense(bias)
                .integer(biased ? 1 : 0)
                .integer(op.outChannels())
                .integer(y.dim(1))
                .integer(op.kernelSize())
                .integer(op.stride())
                .integer(op.dilation())
                .integer(op.newestFirst() ? 1 : 0)
                .integer(y.size())
                .elements(y.size());
    }
}
