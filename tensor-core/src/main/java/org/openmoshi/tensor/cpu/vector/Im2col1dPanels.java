package org.openmoshi.tensor.cpu.vector;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The input of a 1-d convolution as operand B, packed straight from x: depth = (channel, tap), lane = output position.
 */
record Im2col1dPanels(MemorySegment x, long offset, Conv1dShape shape) implements Panels {
    private static final VectorSpecies<Float> SPECIES = MicroKernel.SPECIES;
    private static final long VECTOR_BYTES = SPECIES.vectorByteSize();

    @Override
    public int depthUnit() {
        return shape.kernelSize();
    }

    @Override
    public void pack(
            long item, long depth0, int depth, long lane0, int lanes, MemorySegment target, long to, int width) {
        int taps = shape.kernelSize();
        long stride = shape.stride();
        long dilation = shape.dilation();
        long step = width * 4L;
        long channel = depth0 / taps;
        int tap = (int) (depth0 % taps);
        long origin = lane0 * stride - shape.padLeft(); // position of lane 0 under tap 0
        boolean inside = origin >= 0 && origin + (lanes - 1) * stride + (taps - 1) * dilation < shape.inLength();
        long row = offset + (item * shape.groupIn() + channel) * shape.inLength();
        if (inside && stride == 1 && lanes == MicroKernel.NR) {
            copyTaps((row + origin) * 4, tap, depth, target, to);
            return;
        }
        for (int p = 0; p < depth; ) {
            int count = Math.min(taps - tap, depth - p);
            if (inside) {
                long from = (row + origin + tap * dilation) * 4;
                Packing.pack(x, from, dilation * 4, stride * 4, count, lanes, target, to + p * step, step);
            } else {
                for (int i = 0; i < count; i++) {
                    packClipped(row, origin + (tap + i) * dilation, lanes, target, to + (p + i) * step);
                }
            }
            p += count;
            tap = 0;
            row += shape.inLength();
        }
    }

    // One call for all channels: with three taps a call per channel would cost as much as the copying.
    private void copyTaps(long from, int tap, int depth, MemorySegment target, long to) {
        int taps = shape.kernelSize();
        long tapStride = shape.dilation() * 4L;
        long channelStride = shape.inLength() * 4 - (taps - 1) * tapStride;
        long source = from + tap * tapStride;
        for (int p = 0; p < depth; p++) {
            FloatVector v0 = FloatVector.fromMemorySegment(SPECIES, x, source, LITTLE_ENDIAN);
            FloatVector v1 = FloatVector.fromMemorySegment(SPECIES, x, source + VECTOR_BYTES, LITTLE_ENDIAN);
            FloatVector v2 = FloatVector.fromMemorySegment(SPECIES, x, source + 2 * VECTOR_BYTES, LITTLE_ENDIAN);
            v0.intoMemorySegment(target, to, LITTLE_ENDIAN);
            v1.intoMemorySegment(target, to + VECTOR_BYTES, LITTLE_ENDIAN);
            v2.intoMemorySegment(target, to + 2 * VECTOR_BYTES, LITTLE_ENDIAN);
            to += 3 * VECTOR_BYTES;
            tap++;
            if (tap == taps) {
                tap = 0;
                source += channelStride;
            } else {
                source += tapStride;
            }
        }
    }

    /** One step of the depth where some lanes may read padding; lane j reads {@code position + j * stride}. */
    private void packClipped(long row, long position, int lanes, MemorySegment target, long to) {
        long stride = shape.stride();
        int first = Math.clamp(Math.ceilDiv(-position, stride), 0, lanes);
        int end = Math.clamp(Math.ceilDiv(shape.inLength() - position, stride), first, lanes);
        Packing.zeroRow(target, to, first);
        long from = (row + position + first * stride) * 4;
        if (stride == 1) {
            Packing.copyRow(x, from, end - first, target, to + first * 4L);
        } else {
            Packing.gather(x, from, 0, stride * 4, 1, end - first, target, to + first * 4L, 0);
        }
        Packing.zeroRow(target, to + end * 4L, lanes - end);
    }
}
