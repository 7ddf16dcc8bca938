package org.openmoshi.tensor.cpu.vector;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Gradient of a 2-d convolution with respect to its input, one row of the input at a time. As in one dimension, every
 * phase of the horizontal stride is a convolution of stride 1, and the rows of the product are (channel, phase).
 */
public final class Conv2dGradInputKernel {
    private Conv2dGradInputKernel() {}

    /**
     * Writes gx = conv'(gy, w) + bias.
     *
     * @param gy [B, Cout, Hout, Wout]
     * @param w [Cout, Cin/groups, KH, KW]
     * @param bias [Cin] or null
     * @param gx [B, Cin, H, W]
     */
    public static void run(
            Conv2dShape shape,
            MemorySegment gy,
            long gyOffset,
            MemorySegment w,
            long wOffset,
            @Nullable MemorySegment bias,
            long biasOffset,
            MemorySegment gx,
            long gxOffset) {
        int stride = shape.strideWidth();
        int firstWindow = shape.padWidth() / stride;
        int windows = (shape.padWidth() + shape.inWidth() - 1) / stride - firstWindow + 1;
        PhaseTaps taps = PhaseTaps.of(shape);
        // Step i of window q reads gy[q - shift]; the rows get as many zeros as that reaches over their ends.
        int pad = Math.max(0, Math.max(taps.reach() - firstWindow, firstWindow + windows - shape.outWidth()));
        long gradientRows = shape.batch() * shape.outChannels() * shape.outHeight();
        PhaseRows rows = PhaseRows.copy(gy, gyOffset, gradientRows, shape.outWidth(), 1, pad);
        int[] tapOffsets = new int[taps.steps()];
        for (int step = 0; step < tapOffsets.length; step++) {
            tapOffsets[step] = pad + firstWindow - taps.shift(step);
        }
        Panels signal = new Im2col2dPanels(
                rows,
                shape.groups(),
                shape.groupOut(),
                shape.outHeight(),
                shape.inHeight(),
                new Im2col2dPanels.Vertical(
                        shape.kernelHeight(), 1, -shape.dilationHeight(), shape.padHeight(), shape.strideHeight()),
                tapOffsets);
        Panels weights = new WeightPanels(w, wOffset, shape, taps);
        long m = shape.groupIn() * stride;
        long k = shape.groupOut() * shape.kernelHeight() * taps.steps();
        long[] inputs = Conv2dKernel.rowOffsets(
                gxOffset, shape.batch(), shape.inHeight(), shape.groups(), shape.groupIn(), shape.inWidth());
        PackedGemm product = new PackedGemm(inputs.length, m, windows, k, weights, shape.groups(), signal);
        long plane = (long) shape.inHeight() * shape.inWidth();
        if (stride == 1) {
            product.into(gx, inputs, plane).rowBias(bias, biasOffset).run();
            return;
        }
        product.into((item, row0, count, window0, columns, block, blockStride) -> PhaseInterleave.store(
                        block,
                        blockStride,
                        row0,
                        count,
                        columns,
                        stride,
                        (firstWindow + window0) * stride - shape.padWidth(),
                        bias,
                        biasOffset + item % shape.groups() * shape.groupIn(),
                        gx,
                        inputs[(int) item],
                        plane,
                        shape.inWidth()))
                .run();
    }

    /**
     * Which horizontal taps a phase has. Without dilation step i of phase p is tap {@code i * stride + p}; with dilation
     * every tap is a step, and its weights are zero in the phases that it does not reach.
     */
    private record PhaseTaps(int kernelWidth, int stride, int dilation) {
        static PhaseTaps of(Conv2dShape shape) {
            return new PhaseTaps(shape.kernelWidth(), shape.strideWidth(), shape.dilationWidth());
        }

        int steps() {
            return dilation == 1 ? Math.ceilDiv(kernelWidth, stride) : kernelWidth;
        }

        /** How many windows before the one it writes a step reads. */
        int shift(int step) {
            return dilation == 1 ? step : step * dilation / stride;
        }

        int reach() {
            return shift(steps() - 1);
        }

        /** The tap of a step in a phase, or -1. */
        int tap(int step, int phase) {
            if (dilation == 1) {
                int tap = step * stride + phase;
                return tap < kernelWidth ? tap : -1;
            }
            return step * dilation % stride == phase ? step : -1;
        }
    }

    /** Lane = (input channel, phase), depth = (output channel, vertical tap, step); item = group. */
    private record WeightPanels(MemorySegment w, long offset, Conv2dShape shape, PhaseTaps taps) implements Panels {
        @Override
        public void pack(
                long item, long depth0, int depth, long lane0, int lanes, MemorySegment target, long to, int width) {
            int steps = taps.steps();
            int kernelHeight = shape.kernelHeight();
            for (int p = 0; p < depth; p++) {
                int step = (int) ((depth0 + p) % steps);
                int verticalTap = (int) ((depth0 + p) / steps % kernelHeight);
                long out = item * shape.groupOut() + (depth0 + p) / steps / kernelHeight;
                for (int j = 0; j < lanes; j++) {
                    long channel = (lane0 + j) / shape.strideWidth();
                    int tap = taps.tap(step, (int) ((lane0 + j) % shape.strideWidth()));
                    long row = (out * shape.groupIn() + channel) * kernelHeight + verticalTap;
                    long from = offset + row * shape.kernelWidth() + tap;
                    float value = tap < 0 ? 0f : Lanes.getBytes(w, from * 4);
                    Lanes.setBytes(target, to + (p * width + j) * 4L, value);
                }
            }
        }
    }
}
