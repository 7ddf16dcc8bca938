package org.openmoshi.tensor.cpu.vector;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;
import org.openmoshi.tensor.cpu.Parallel;

/**
 * 1-d convolution of every channel with a kernel of its own, and its gradients. A product would use one row of a tile;
 * here each tap adds a multiple of one row, padded and split by the phases of the stride, to another.
 */
final class DepthwiseConv1dKernel {
    private static final VectorSpecies<Float> SPECIES = MicroKernel.SPECIES;
    private static final int LANES = MicroKernel.LANES;
    private static final int ROW_FLOATS_PER_TASK = 1 << 14;

    private DepthwiseConv1dKernel() {}

    // x: [B, C, T], w: [C, 1, K], y: [B, C, Tout]
    static void forward(
            Conv1dShape shape,
            MemorySegment x,
            long xOffset,
            MemorySegment w,
            long wOffset,
            @Nullable MemorySegment bias,
            long biasOffset,
            MemorySegment y,
            long yOffset) {
        int out = Math.toIntExact(shape.outLength());
        forEachRow(shape, shape.batch() * shape.inChannels(), row -> {
            long channel = row % shape.inChannels();
            PhaseRows input = inputRow(shape, x, xOffset + row * shape.inLength());
            long to = (yOffset + row * out) * 4;
            fill(y, to, out, bias == null ? 0f : Lanes.getBytes(bias, (biasOffset + channel) * 4));
            for (int tap = 0; tap < shape.kernelSize(); tap++) {
                float weight = Lanes.getBytes(w, (wOffset + channel * shape.kernelSize() + tap) * 4);
                addMultiple(weight, input.data(), tapSource(shape, input, tap), y, to, out);
            }
        });
    }

    // gy: [B, C, Tout], w: [C, 1, K], gx: [B, C, T]
    static void gradInput(
            Conv1dShape shape,
            MemorySegment gy,
            long gyOffset,
            MemorySegment w,
            long wOffset,
            @Nullable MemorySegment bias,
            long biasOffset,
            MemorySegment gx,
            long gxOffset) {
        int stride = shape.stride();
        int out = Math.toIntExact(shape.outLength());
        int firstWindow = Math.toIntExact(shape.padLeft() / stride);
        int windows = Math.toIntExact((shape.padLeft() + shape.inLength() - 1) / stride) - firstWindow + 1;
        int reach = (shape.kernelSize() - 1) * shape.dilation() / stride;
        int pad = Math.max(0, Math.max(reach - firstWindow, firstWindow + windows - out));
        forEachRow(shape, shape.batch() * shape.inChannels(), row -> {
            long channel = row % shape.inChannels();
            PhaseRows gradient = PhaseRows.copy(gy, gyOffset + row * out, 1, out, 1, pad);
            MemorySegment phases = Scratch.get(Scratch.Use.RESULT_BLOCK, (long) stride * windows);
            fill(phases, 0, stride * windows, 0f);
            for (int tap = 0; tap < shape.kernelSize(); tap++) {
                int position = tap * shape.dilation();
                float weight = Lanes.getBytes(w, (wOffset + channel * shape.kernelSize() + tap) * 4);
                long from = (pad + firstWindow - position / stride) * 4L;
                addMultiple(weight, gradient.data(), from, phases, position % stride * (windows * 4L), windows);
            }
            PhaseInterleave.store(
                    phases,
                    windows,
                    0,
                    stride,
                    windows,
                    stride,
                    (long) firstWindow * stride - shape.padLeft(),
                    bias,
                    biasOffset + channel,
                    gx,
                    gxOffset + row * shape.inLength(),
                    shape.inLength(),
                    shape.inLength());
        });
    }

    // gy: [B, C, Tout], x: [B, C, T], gw: [C, 1, K]
    static void gradWeight(
            Conv1dShape shape,
            MemorySegment gy,
            long gyOffset,
            MemorySegment x,
            long xOffset,
            MemorySegment gw,
            long gwOffset) {
        int out = Math.toIntExact(shape.outLength());
        int taps = shape.kernelSize();
        forEachRow(shape, shape.inChannels(), channel -> {
            long to = gwOffset + channel * taps;
            Packing.zeroRow(gw, to * 4, taps);
            for (long batch = 0; batch < shape.batch(); batch++) {
                long row = batch * shape.inChannels() + channel;
                PhaseRows input = inputRow(shape, x, xOffset + row * shape.inLength());
                for (int tap = 0; tap < taps; tap++) {
                    float sum = dot(gy, (gyOffset + row * out) * 4, input.data(), tapSource(shape, input, tap), out);
                    Lanes.setBytes(gw, (to + tap) * 4, Lanes.getBytes(gw, (to + tap) * 4) + sum);
                }
            }
        });
    }

    private interface RowBody {
        void accept(long row);
    }

    private static void forEachRow(Conv1dShape shape, long rows, RowBody body) {
        long work = rows * Math.max(1, shape.inLength() + shape.outLength());
        int tasks = (int) Math.clamp(work / ROW_FLOATS_PER_TASK, 1, Math.min(rows, 8L * Parallel.threads()));
        Parallel.run(tasks, task -> {
            for (long row = rows * task / tasks; row < rows * (task + 1) / tasks; row++) {
                body.accept(row);
            }
        });
    }

    /** One row of x with zeros wherever a window reaches over its ends. */
    private static PhaseRows inputRow(Conv1dShape shape, MemorySegment x, long from) {
        int length = Math.toIntExact(shape.inLength());
        return PhaseRows.copy(x, from, 1, length, shape.stride(), pad(shape));
    }

    private static int pad(Conv1dShape shape) {
        long last = (shape.outLength() - 1) * shape.stride() + (shape.kernelSize() - 1L) * shape.dilation();
        // A whole stride more, so that every phase has the last window.
        return Math.toIntExact(Math.max(shape.padLeft(), last - shape.padLeft() - shape.inLength() + shape.stride()));
    }

    /** Where window 0 reads the row under a tap, in bytes. */
    private static long tapSource(Conv1dShape shape, PhaseRows row, int tap) {
        int position = (int) (tap * shape.dilation() + pad(shape) - shape.padLeft());
        return (row.phase(0, position % shape.stride()) + position / shape.stride()) * 4;
    }

    private static void fill(MemorySegment y, long to, int count, float value) {
        FloatVector vector = FloatVector.broadcast(SPECIES, value);
        int i = 0;
        for (; i + LANES <= count; i += LANES) {
            Lanes.storeBytes(vector, y, to + i * 4L);
        }
        for (; i < count; i++) {
            Lanes.setBytes(y, to + i * 4L, value);
        }
    }

    private static void addMultiple(float factor, MemorySegment x, long from, MemorySegment y, long to, int count) {
        FloatVector f = FloatVector.broadcast(SPECIES, factor);
        int i = 0;
        for (; i + LANES <= count; i += LANES) {
            FloatVector sum = Lanes.loadBytes(y, to + i * 4L);
            Lanes.storeBytes(f.fma(Lanes.loadBytes(x, from + i * 4L), sum), y, to + i * 4L);
        }
        for (; i < count; i++) {
            float value = Math.fma(factor, Lanes.getBytes(x, from + i * 4L), Lanes.getBytes(y, to + i * 4L));
            Lanes.setBytes(y, to + i * 4L, value);
        }
    }

    private static float dot(MemorySegment x, long xFrom, MemorySegment y, long yFrom, int count) {
        FloatVector sum0 = FloatVector.zero(SPECIES);
        FloatVector sum1 = FloatVector.zero(SPECIES);
        int i = 0;
        for (; i + 2 * LANES <= count; i += 2 * LANES) {
            long j = i * 4L;
            long k = j + LANES * 4L;
            sum0 = Lanes.loadBytes(x, xFrom + j).fma(Lanes.loadBytes(y, yFrom + j), sum0);
            sum1 = Lanes.loadBytes(x, xFrom + k).fma(Lanes.loadBytes(y, yFrom + k), sum1);
        }
        float sum = Lanes.sum(sum0.add(sum1));
        for (; i < count; i++) {
            sum = Math.fma(Lanes.getBytes(x, xFrom + i * 4L), Lanes.getBytes(y, yFrom + i * 4L), sum);
        }
        return sum;
    }
}
