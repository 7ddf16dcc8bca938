package org.openmoshi.tensor.cpu.vector;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Gradient of a 1-d convolution with respect to its input, which with a bias is the transposed convolution.
 *
 * <p>Input position {@code i} receives {@code w[tap] gy[t]} wherever {@code t * stride + tap * dilation = i + padLeft}.
 * With stride s the positions fall into s phases, and in each phase this is a convolution of stride 1 with every s-th
 * tap. All phases together are one product, with rows (channel, phase), so no sum is ever scattered; the finished
 * blocks are then interleaved.
 */
public final class Conv1dGradInputKernel {
    private Conv1dGradInputKernel() {}

    /**
     * Writes gx = conv'(gy, w) + bias.
     *
     * @param shape of the forward convolution: for a transposed convolution its output is {@code in}, its input
     *     {@code out}
     * @param gy [B, Cout, Tout]
     * @param w [Cout, Cin/groups, K]
     * @param bias [Cin] or null
     * @param gx [B, Cin, T]
     */
    public static void run(
            Conv1dShape shape,
            MemorySegment gy,
            long gyOffset,
            MemorySegment w,
            long wOffset,
            @Nullable MemorySegment bias,
            long biasOffset,
            MemorySegment gx,
            long gxOffset) {
        if (shape.isDepthwise()) {
            DepthwiseConv1dKernel.gradInput(shape, gy, gyOffset, w, wOffset, bias, biasOffset, gx, gxOffset);
            return;
        }
        if (shape.stride() > 1 && shape.dilation() > 1) {
            // Rare: the taps of a phase are no arithmetic sequence, which the general kernel allows for.
            Conv2dShape image = shape.asImage();
            Conv2dGradInputKernel.run(image, gy, gyOffset, w, wOffset, bias, biasOffset, gx, gxOffset);
            return;
        }
        if (shape.inLength() == 0) {
            return;
        }
        int stride = shape.stride();
        int steps = Math.ceilDiv(shape.kernelSize(), stride);
        long m = shape.groupIn() * stride;
        long k = shape.groupOut() * steps;
        long firstWindow = shape.padLeft() / stride;
        long windows = (shape.padLeft() + shape.inLength() - 1) / stride - firstWindow + 1;
        Panels weights =
                new PhaseWeightPanels(w, wOffset, shape.groupOut(), shape.groupIn(), shape.kernelSize(), stride, steps);
        Panels signal = new Im2col1dPanels(
                gy, gyOffset, shape.groupOut(), shape.outLength(), firstWindow, steps, 1, -shape.dilation());
        PackedGemm product = new PackedGemm(shape.items(), m, windows, k, weights, shape.groups(), signal);
        if (stride == 1) {
            long[] inputs = Conv1dShape.blockOffsets(gxOffset, shape.items(), m * shape.inLength());
            product.into(gx, inputs, shape.inLength()).rowBias(bias, biasOffset).run();
            return;
        }
        product.into((item, row0, rows, window0, windowCount, block, blockStride) -> PhaseInterleave.store(
                        block,
                        blockStride,
                        row0,
                        rows,
                        windowCount,
                        stride,
                        (firstWindow + window0) * stride - shape.padLeft(),
                        bias,
                        biasOffset + item % shape.groups() * shape.groupIn(),
                        gx,
                        gxOffset + item * shape.groupIn() * shape.inLength(),
                        shape.inLength(),
                        shape.inLength()))
                .run();
    }
}
