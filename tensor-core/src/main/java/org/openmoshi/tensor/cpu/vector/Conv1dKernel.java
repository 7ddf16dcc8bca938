package org.openmoshi.tensor.cpu.vector;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * 1-d convolution as an implicit matrix product: weights [Cout, Cin K] times windows of x that exist only as packed
 * panels. All tensors are contiguous float32 in native memory, offsets count elements, outputs may not overlap inputs.
 */
public final class Conv1dKernel {
    private Conv1dKernel() {}

    /**
     * Writes y = conv(x, w) + bias.
     *
     * @param x [B, Cin, T]
     * @param w [Cout, Cin/groups, K]
     * @param bias [Cout] or null
     * @param y [B, Cout, Tout]
     */
    public static void forward(
            Conv1dShape shape,
            MemorySegment x,
            long xOffset,
            MemorySegment w,
            long wOffset,
            @Nullable MemorySegment bias,
            long biasOffset,
            MemorySegment y,
            long yOffset) {
        if (shape.isDepthwise()) {
            DepthwiseConv1dKernel.forward(shape, x, xOffset, w, wOffset, bias, biasOffset, y, yOffset);
            return;
        }
        long m = shape.groupOut();
        long k = shape.groupIn() * shape.kernelSize();
        long[] weights = Conv1dShape.blockOffsets(wOffset, shape.groups(), m * k);
        long[] outputs = Conv1dShape.blockOffsets(yOffset, shape.items(), m * shape.outLength());
        new PackedGemm(
                        shape.items(),
                        m,
                        shape.outLength(),
                        k,
                        new MatrixPanels(w, weights, 1, k),
                        shape.groups(),
                        new Im2col1dPanels(
                                x,
                                xOffset,
                                shape.groupIn(),
                                shape.inLength(),
                                -shape.padLeft(),
                                shape.kernelSize(),
                                shape.stride(),
                                shape.dilation()))
                .into(y, outputs, shape.outLength())
                .rowBias(bias, biasOffset)
                .run();
    }
}
