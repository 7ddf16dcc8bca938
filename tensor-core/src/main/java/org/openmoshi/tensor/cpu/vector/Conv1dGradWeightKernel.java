package org.openmoshi.tensor.cpu.vector;

import java.lang.foreign.MemorySegment;

/**
 * Gradient of a 1-d convolution with respect to its weights: a product of gy and the windows of x whose depth is all
 * positions of all batch entries.
 *
 * <p>Where the weights are few and the signal is long, the depth is cut into chunks that depend on the shape alone;
 * their partial sums are added in order, so the bits do not depend on the number of threads.
 */
public final class Conv1dGradWeightKernel {
    private Conv1dGradWeightKernel() {}

    /**
     * Writes gw.
     *
     * @param gy [B, Cout, Tout]
     * @param x [B, Cin, T]
     * @param gw [Cout, Cin/groups, K]
     */
    public static void run(
            Conv1dShape shape,
            MemorySegment gy,
            long gyOffset,
            MemorySegment x,
            long xOffset,
            MemorySegment gw,
            long gwOffset) {
        if (shape.isDepthwise()) {
            DepthwiseConv1dKernel.gradWeight(shape, gy, gyOffset, x, xOffset, gw, gwOffset);
            return;
        }
        long m = shape.groupOut();
        long n = shape.groupIn() * shape.kernelSize();
        long depth = shape.batch() * shape.outLength();
        Panels gradients = new GradientRowPanels(gy, gyOffset, shape.outChannels(), m, shape.outLength());
        Panels windows = new WindowColumnPanels(x, xOffset, shape);
        SplitProduct.run(shape.groups(), m, n, depth, gradients, windows, gw, gwOffset);
    }

    /** Windows of x: lane = (input channel, tap), depth = (batch, output position); item = group. */
    private record WindowColumnPanels(MemorySegment x, long offset, Conv1dShape shape) implements Panels {
        @Override
        public void pack(
                long item, long depth0, int depth, long lane0, int lanes, MemorySegment target, long to, int width) {
            long length = shape.outLength();
            long step = width * 4L;
            for (int p = 0; p < depth; ) {
                long batch = (depth0 + p) / length;
                long t = (depth0 + p) % length;
                int count = (int) Math.min(length - t, depth - p);
                long row = offset + (batch * shape.inChannels() + item * shape.groupIn()) * shape.inLength();
                packRun(row, t, count, lane0, lanes, target, to + p * step, step);
                p += count;
            }
        }

        private void packRun(
                long row, long t, int count, long lane0, int lanes, MemorySegment target, long to, long step) {
            long stride = shape.stride();
            long span = (shape.kernelSize() - 1L) * shape.dilation();
            long origin = t * stride - shape.padLeft();
            // Positions [begin, end) of the run read no padding under any tap.
            int begin = Math.clamp(Math.ceilDiv(-origin, stride), 0, count);
            int end = Math.clamp(Math.ceilDiv(shape.inLength() - span - origin, stride), begin, count);
            packClipped(row, origin, 0, begin, lane0, lanes, target, to, step);
            packInside(row, origin + begin * stride, end - begin, lane0, lanes, target, to + begin * step, step);
            packClipped(row, origin, end, count, lane0, lanes, target, to, step);
        }

        private void packInside(
                long row, long origin, int count, long lane0, int lanes, MemorySegment target, long to, long step) {
            if (shape.stride() == 1 && lanes >= 4 && count >= 4) {
                for (int j = 0; j < lanes; j += 4) {
                    int lane = Math.min(j, lanes - 4);
                    long l = lane0 + lane;
                    Packing.transposeFour(
                            x,
                            source(row, origin, l),
                            source(row, origin, l + 1),
                            source(row, origin, l + 2),
                            source(row, origin, l + 3),
                            count,
                            target,
                            to + lane * 4L,
                            step);
                }
                return;
            }
            int taps = shape.kernelSize();
            for (int j = 0; j < lanes; ) {
                int run = (int) Math.min(taps - (lane0 + j) % taps, lanes - j);
                long from = source(row, origin, lane0 + j);
                Packing.pack(
                        x, from, shape.stride() * 4L, shape.dilation() * 4L, count, run, target, to + j * 4L, step);
                j += run;
            }
        }

        private long source(long row, long origin, long lane) {
            long channel = lane / shape.kernelSize();
            long tap = lane % shape.kernelSize();
            return (row + channel * shape.inLength() + origin + tap * shape.dilation()) * 4;
        }

        private void packClipped(
                long row,
                long origin,
                int begin,
                int end,
                long lane0,
                int lanes,
                MemorySegment target,
                long to,
                long step) {
            for (int p = begin; p < end; p++) {
                for (int j = 0; j < lanes; j++) {
                    long channel = (lane0 + j) / shape.kernelSize();
                    long at = origin + p * (long) shape.stride() + (lane0 + j) % shape.kernelSize() * shape.dilation();
                    boolean inside = at >= 0 && at < shape.inLength();
                    long from = (row + channel * shape.inLength() + at) * 4;
                    Lanes.setBytes(target, to + p * step + j * 4L, inside ? Lanes.getBytes(x, from) : 0f);
                }
            }
        }
    }
}
