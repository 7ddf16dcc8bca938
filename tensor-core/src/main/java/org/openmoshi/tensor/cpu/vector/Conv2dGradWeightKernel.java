package org.openmoshi.tensor.cpu.vector;

import java.lang.foreign.MemorySegment;

/**
 * Gradient of a 2-d convolution with respect to its weights, as a product whose depth is all output positions. With many
 * channels, what the windows read is first turned to channels side by side: once for all taps instead of once for each.
 */
public final class Conv2dGradWeightKernel {
    // Runs of channels that are shorter are copied slower than rows are transposed.
    private static final int MIN_CHANNELS = 8;

    private Conv2dGradWeightKernel() {}

    /**
     * Writes gw.
     *
     * @param gy [B, Cout, Hout, Wout]
     * @param x [B, Cin, H, W]
     * @param gw [Cout, Cin/groups, KH, KW]
     */
    public static void run(
            Conv2dShape shape,
            MemorySegment gy,
            long gyOffset,
            MemorySegment x,
            long xOffset,
            MemorySegment gw,
            long gwOffset) {
        long m = shape.groupOut();
        long n = shape.groupIn() * shape.kernelHeight() * shape.kernelWidth();
        long positions = (long) shape.outHeight() * shape.outWidth();
        Panels gradients = new GradientRowPanels(gy, gyOffset, shape.outChannels(), m, positions);
        if (shape.groups() == 1 && shape.inChannels() >= MIN_CHANNELS) {
            ChannelLastRows rows = ChannelLastRows.copy(shape, x, xOffset);
            MemorySegment result = Scratch.get(Scratch.Use.RESULT_BLOCK, m * n);
            Panels windows = new ChannelLastPanels(shape, rows);
            SplitProduct.run(1, m, n, shape.batch() * positions, gradients, windows, result, 0);
            int channels = rows.channels();
            int taps = shape.kernelHeight() * shape.kernelWidth();
            for (long out = 0; out < m; out++) {
                long to = (gwOffset + out * n) * 4;
                Packing.transpose(result, out * n * 4, channels * 4L, channels, taps, gw, to, taps * 4L);
            }
            return;
        }
        PhaseRows rows = Conv2dKernel.inputRows(shape, x, xOffset);
        Panels windows = new WindowPanels(shape, rows, Conv2dKernel.tapOffsets(shape, rows));
        SplitProduct.run(shape.groups(), m, n, shape.batch() * positions, gradients, windows, gw, gwOffset);
    }

    /** Lane = (vertical tap, horizontal tap, input channel), depth = (batch entry, output position). */
    private record ChannelLastPanels(Conv2dShape shape, ChannelLastRows rows) implements Panels {
        @Override
        public void pack(
                long item, long depth0, int depth, long lane0, int lanes, MemorySegment target, long to, int width) {
            int channels = rows.channels();
            for (int p = 0; p < depth; ) {
                long row = (depth0 + p) / shape.outWidth();
                int column = (int) ((depth0 + p) % shape.outWidth());
                int count = Math.min(shape.outWidth() - column, depth - p);
                int y = (int) (row % shape.outHeight()) * shape.strideHeight() - shape.padHeight();
                for (int j = 0; j < lanes; ) {
                    int tap = (int) ((lane0 + j) / channels);
                    int channel = (int) ((lane0 + j) % channels);
                    int run = Math.min(channels - channel, lanes - j);
                    long from = rows.position(
                            row / shape.outHeight(),
                            y + tap / shape.kernelWidth() * shape.dilationHeight(),
                            column * shape.strideWidth() + tap % shape.kernelWidth() * shape.dilationWidth());
                    Packing.copy(
                            rows.data(),
                            from + channel * 4L,
                            shape.strideWidth() * (channels * 4L),
                            count,
                            run,
                            target,
                            to + (p * width + j) * 4L,
                            width * 4L);
                    j += run;
                }
                p += count;
            }
        }
    }

    /** Lane = (input channel, vertical tap, horizontal tap), depth = (batch entry, output position); item = group. */
    private record WindowPanels(Conv2dShape shape, PhaseRows rows, int[] tapOffsets) implements Panels {
        @Override
        public void pack(
                long item, long depth0, int depth, long lane0, int lanes, MemorySegment target, long to, int width) {
            long step = width * 4L;
            for (int p = 0; p < depth; ) {
                long row = (depth0 + p) / shape.outWidth();
                int column = (int) ((depth0 + p) % shape.outWidth());
                int count = Math.min(shape.outWidth() - column, depth - p);
                long image = row / shape.outHeight() * shape.groups() + item;
                packRow(
                        image,
                        (int) (row % shape.outHeight()),
                        column,
                        count,
                        lane0,
                        lanes,
                        target,
                        to + p * step,
                        step);
                p += count;
            }
        }

        private void packRow(
                long image,
                int row,
                int column,
                int count,
                long lane0,
                int lanes,
                MemorySegment target,
                long to,
                long step) {
            if (lanes < 4 || count < 4) {
                for (int j = 0; j < lanes; j++) {
                    Packing.gather(
                            rows.data(),
                            source(image, row, column, lane0 + j),
                            4,
                            0,
                            count,
                            1,
                            target,
                            to + j * 4L,
                            step);
                }
                return;
            }
            for (int j = 0; j < lanes; j += 4) {
                int lane = Math.min(j, lanes - 4);
                Packing.transposeFour(
                        rows.data(),
                        source(image, row, column, lane0 + lane),
                        source(image, row, column, lane0 + lane + 1),
                        source(image, row, column, lane0 + lane + 2),
                        source(image, row, column, lane0 + lane + 3),
                        count,
                        target,
                        to + lane * 4L,
                        step);
            }
        }

        /** Where a lane reads output position (row, column), in bytes. */
        private long source(long image, int row, int column, long lane) {
            int kernelWidth = shape.kernelWidth();
            long channel = lane / kernelWidth / shape.kernelHeight();
            int verticalTap = (int) (lane / kernelWidth % shape.kernelHeight());
            int y = row * shape.strideHeight() + verticalTap * shape.dilationHeight() - shape.padHeight();
            if (y < 0 || y >= shape.inHeight()) {
                return rows.zeros() * 4;
            }
            long from = rows.phase((image * shape.groupIn() + channel) * shape.inHeight() + y, 0);
            return (from + tapOffsets[(int) (lane % kernelWidth)] + column) * 4;
        }
    }
}
