package org.openmoshi.tensor.cpu.vector;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.openmoshi.tensor.cpu.Parallel;

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
        if (shape.stride() > 1 && shape.dilation() > 1) {
            runDirect(shape, gy, gyOffset, w, wOffset, bias, biasOffset, gx, gxOffset);
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
        product.into((item, row0, rows, window0, count, block, blockStride) -> {
                    long channelOfItem = item * shape.groupIn();
                    for (int r = 0; r < rows; ) {
                        long channel = (row0 + r) / stride;
                        int phase = (int) ((row0 + r) % stride);
                        int phases = Math.min(stride - phase, rows - r);
                        if (bias != null) {
                            long biasIndex = biasOffset + item % shape.groups() * shape.groupIn() + channel;
                            addToRows(
                                    block,
                                    r * blockStride,
                                    phases * blockStride,
                                    bias.get(Packing.FLOAT, biasIndex * 4));
                        }
                        long first = (firstWindow + window0) * stride + phase - shape.padLeft();
                        interleave(
                                block,
                                r * blockStride,
                                blockStride,
                                count,
                                phases,
                                stride,
                                gx,
                                gxOffset + (channelOfItem + channel) * shape.inLength(),
                                shape.inLength(),
                                first);
                        r += phases;
                    }
                })
                .run();
    }

    private static void addToRows(MemorySegment block, long from, long count, float value) {
        for (long i = from; i < from + count; i++) {
            block.set(Packing.FLOAT, i * 4, block.get(Packing.FLOAT, i * 4) + value);
        }
    }

    /** Element (p, c) of {@code phases} rows goes to {@code row[first + c * stride + p]} where that exists. */
    private static void interleave(
            MemorySegment block,
            long from,
            long blockStride,
            int count,
            int phases,
            int stride,
            MemorySegment gx,
            long row,
            long length,
            long first) {
        // Windows [begin, end) have all their phases inside.
        int begin = Math.clamp(Math.ceilDiv(-first, (long) stride), 0, count);
        int end = Math.clamp(Math.floorDiv(length - phases - first, (long) stride) + 1, begin, count);
        Packing.transpose(
                block,
                (from + begin) * 4,
                blockStride * 4,
                end - begin,
                phases,
                gx,
                (row + first + (long) begin * stride) * 4,
                stride * 4L);
        interleaveClipped(block, from, blockStride, 0, begin, phases, stride, gx, row, length, first);
        interleaveClipped(block, from, blockStride, end, count, phases, stride, gx, row, length, first);
    }

    private static void interleaveClipped(
            MemorySegment block,
            long from,
            long blockStride,
            int begin,
            int end,
            int phases,
            int stride,
            MemorySegment gx,
            long row,
            long length,
            long first) {
        for (int c = begin; c < end; c++) {
            for (int p = 0; p < phases; p++) {
                long at = first + (long) c * stride + p;
                if (at >= 0 && at < length) {
                    float value = block.get(Packing.FLOAT, (from + p * blockStride + c) * 4);
                    gx.set(Packing.FLOAT, (row + at) * 4, value);
                }
            }
        }
    }

    // Stride and dilation together occur in no model at hand; this is the definition, one input row per task.
    private static void runDirect(
            Conv1dShape shape,
            MemorySegment gy,
            long gyOffset,
            MemorySegment w,
            long wOffset,
            @Nullable MemorySegment bias,
            long biasOffset,
            MemorySegment gx,
            long gxOffset) {
        Parallel.run(Math.toIntExact(shape.batch() * shape.inChannels()), task -> {
            long batch = task / shape.inChannels();
            long channel = task % shape.inChannels();
            long group = channel / shape.groupIn();
            for (long i = 0; i < shape.inLength(); i++) {
                float sum = bias == null ? 0f : bias.get(Packing.FLOAT, (biasOffset + channel) * 4);
                for (int tap = 0; tap < shape.kernelSize(); tap++) {
                    long at = i + shape.padLeft() - (long) tap * shape.dilation();
                    if (at < 0 || at % shape.stride() != 0 || at / shape.stride() >= shape.outLength()) {
                        continue;
                    }
                    for (long o = 0; o < shape.groupOut(); o++) {
                        long out = group * shape.groupOut() + o;
                        long gyIndex = gyOffset
                                + (batch * shape.outChannels() + out) * shape.outLength()
                                + at / shape.stride();
                        long wIndex = wOffset
                                + (out * shape.groupIn() + channel % shape.groupIn()) * shape.kernelSize()
                                + tap;
                        sum = Math.fma(gy.get(Packing.FLOAT, gyIndex * 4), w.get(Packing.FLOAT, wIndex * 4), sum);
                    }
                }
                gx.set(Packing.FLOAT, (gxOffset + task * shape.inLength() + i) * 4, sum);
            }
        });
    }
}
