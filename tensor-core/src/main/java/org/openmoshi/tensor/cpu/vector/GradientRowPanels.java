package org.openmoshi.tensor.cpu.vector;

import java.lang.foreign.MemorySegment;

/**
 * The gradient of a convolution's output as operand A: lane = output channel of the group, depth = (batch entry,
 * position), item = group.
 *
 * @param gy [B, channels, positions]
 * @param groupChannels output channels of one group
 * @param positions elements of one channel
 */
record GradientRowPanels(MemorySegment gy, long offset, long channels, long groupChannels, long positions)
        implements Panels {
    @Override
    public void pack(
            long item, long depth0, int depth, long lane0, int lanes, MemorySegment target, long to, int width) {
        for (int p = 0; p < depth; ) {
            long batch = (depth0 + p) / positions;
            long position = (depth0 + p) % positions;
            int count = (int) Math.min(positions - position, depth - p);
            long channel = batch * channels + item * groupChannels + lane0;
            long from = (offset + channel * positions + position) * 4;
            Packing.transpose(gy, from, positions * 4, count, lanes, target, to + p * (width * 4L), width * 4L);
            p += count;
        }
    }
}
