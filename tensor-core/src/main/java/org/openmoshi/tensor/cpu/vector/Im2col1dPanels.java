package org.openmoshi.tensor.cpu.vector;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.VectorSpecies;

/**
 * Windows of a signal as one operand of a product: depth = (channel, tap), lane = window. Packed straight from x.
 *
 * @param x [items, channels, length]
 * @param start position of lane 0 under tap 0; lane j reads {@code start + j * stride + tap * dilation}, zero outside
 * @param dilation may be negative, which turns the taps around
 */
record Im2col1dPanels(
        MemorySegment x, long offset, long channels, long length, long start, int taps, long stride, long dilation)
        implements Panels {
    private static final VectorSpecies<Float> SPECIES = MicroKernel.SPECIES;
    private static final long VECTOR_BYTES = SPECIES.vectorByteSize();

    @Override
    public int depthUnit() {
        return taps;
    }

    @Override
    public void pack(
            long item, long depth0, int depth, long lane0, int lanes, MemorySegment target, long to, int width) {
        long step = width * 4L;
        int tap = (int) (depth0 % taps);
        long origin = start + lane0 * stride;
        long lastTap = (taps - 1) * dilation;
        boolean inside =
                origin + Math.min(0, lastTap) >= 0 && origin + (lanes - 1) * stride + Math.max(0, lastTap) < length;
        long row = offset + (item * channels + depth0 / taps) * length;
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
            row += length;
        }
    }

    // One call for all channels: with three taps a call per channel would cost as much as the copying.
    private void copyTaps(long from, int tap, int depth, MemorySegment target, long to) {
        long tapStride = dilation * 4;
        long channelStride = length * 4 - (taps - 1) * tapStride;
        long source = from + tap * tapStride;
        for (int p = 0; p < depth; p++) {
            Lanes.storeBytes(Lanes.loadBytes(x, source), target, to);
            Lanes.storeBytes(Lanes.loadBytes(x, source + VECTOR_BYTES), target, to + VECTOR_BYTES);
            to += 2 * VECTOR_BYTES;
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
        int first = Math.clamp(Math.ceilDiv(-position, stride), 0, lanes);
        int end = Math.clamp(Math.ceilDiv(length - position, stride), first, lanes);
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
