package org.openmoshi.tensor.cpu.vector;

import java.lang.foreign.MemorySegment;

/** Gradient of a 2-d convolution with respect to its weights, as a product whose depth is all output positions. */
public final class Conv2dGradWeightKernel {
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
        PhaseRows rows = Conv2dKernel.inputRows(shape, x, xOffset);
        Panels gradients = new GradientRowPanels(gy, gyOffset, shape.outChannels(), m, positions);
        Panels windows = new WindowPanels(shape, rows, Conv2dKernel.tapOffsets(shape, rows));
        SplitProduct.run(shape.groups(), m, n, shape.batch() * positions, gradients, windows, gw, gwOffset);
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
