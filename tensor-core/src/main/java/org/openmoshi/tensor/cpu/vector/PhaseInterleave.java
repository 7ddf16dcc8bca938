package org.openmoshi.tensor.cpu.vector;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Brings blocks with rows (channel, phase) and one column per window into signals of {@code stride} phases. */
final class PhaseInterleave {
    private PhaseInterleave() {}

    /**
     * Element (channel, phase), window c of the block goes to {@code signal[first + c * stride + phase]} of its channel
     * where that exists, after the channel's bias was added.
     *
     * @param row0 row of the whole product, {@code channel * stride + phase}, with which the block begins
     * @param first may be negative
     * @param length of one signal
     */
    static void store(
            MemorySegment block,
            long blockStride,
            long row0,
            int rows,
            int columns,
            int stride,
            long first,
            @Nullable MemorySegment bias,
            long biasOffset,
            MemorySegment out,
            long outOffset,
            long channelStride,
            long length) {
        for (int r = 0; r < rows; ) {
            long channel = (row0 + r) / stride;
            int phase = (int) ((row0 + r) % stride);
            int phases = Math.min(stride - phase, rows - r);
            long from = r * blockStride;
            if (bias != null) {
                addToRows(block, from, phases * blockStride, Lanes.getBytes(bias, (biasOffset + channel) * 4));
            }
            long start = first + phase;
            long signal = outOffset + channel * channelStride;
            // Windows [begin, end) have all their phases inside the signal.
            int begin = Math.clamp(Math.ceilDiv(-start, (long) stride), 0, columns);
            int end = Math.clamp(Math.floorDiv(length - phases - start, (long) stride) + 1, begin, columns);
            Packing.transpose(
                    block,
                    (from + begin) * 4,
                    blockStride * 4,
                    end - begin,
                    phases,
                    out,
                    (signal + start + (long) begin * stride) * 4,
                    stride * 4L);
            storeClipped(block, from, blockStride, 0, begin, phases, stride, start, out, signal, length);
            storeClipped(block, from, blockStride, end, columns, phases, stride, start, out, signal, length);
            r += phases;
        }
    }

    private static void addToRows(MemorySegment block, long from, long count, float value) {
        for (long i = from; i < from + count; i++) {
            Lanes.setBytes(block, i * 4, Lanes.getBytes(block, i * 4) + value);
        }
    }

    private static void storeClipped(
            MemorySegment block,
            long from,
            long blockStride,
            int begin,
            int end,
            int phases,
            int stride,
            long start,
            MemorySegment out,
            long signal,
            long length) {
        for (int c = begin; c < end; c++) {
            for (int p = 0; p < phases; p++) {
                long at = start + (long) c * stride + p;
                if (at >= 0 && at < length) {
                    float value = Lanes.getBytes(block, (from + p * blockStride + c) * 4);
                    Lanes.setBytes(out, (signal + at) * 4, value);
                }
            }
        }
    }
}
