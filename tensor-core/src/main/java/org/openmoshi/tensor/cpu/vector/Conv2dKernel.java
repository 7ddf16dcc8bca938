package org.openmoshi.tensor.cpu.vector;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * 2-d convolution as an implicit matrix product, one row of the output at a time. All tensors are contiguous float32 in
 * native memory, offsets count elements, outputs may not overlap inputs.
 */
public final class Conv2dKernel {
    private Conv2dKernel() {}

    /**
     * Writes y = conv(x, w) + bias.
     *
     * @param x [B, Cin, H, W]
     * @param w [Cout, Cin/groups, KH, KW]
     * @param bias [Cout] or null
     * @param y [B, Cout, Hout, Wout]
     */
    public static void forward(
            Conv2dShape shape,
            MemorySegment x,
            long xOffset,
            MemorySegment w,
            long wOffset,
            @Nullable MemorySegment bias,
            long biasOffset,
            MemorySegment y,
            long yOffset) {
        long m = shape.groupOut();
        long k = shape.groupIn() * shape.kernelHeight() * shape.kernelWidth();
        PhaseRows rows = inputRows(shape, x, xOffset);
        Panels windows = new Im2col2dPanels(
                rows,
                shape.groups(),
                shape.groupIn(),
                shape.inHeight(),
                shape.outHeight(),
                new Im2col2dPanels.Vertical(
                        shape.kernelHeight(), shape.strideHeight(), shape.dilationHeight(), -shape.padHeight(), 1),
                tapOffsets(shape, rows));
        long[] weights = Conv1dShape.blockOffsets(wOffset, shape.groups(), m * k);
        long[] outputs = rowOffsets(yOffset, shape.batch(), shape.outHeight(), shape.groups(), m, shape.outWidth());
        new PackedGemm(
                        outputs.length,
                        m,
                        shape.outWidth(),
                        k,
                        new MatrixPanels(w, weights, 1, k),
                        shape.groups(),
                        windows)
                .into(y, outputs, (long) shape.outHeight() * shape.outWidth())
                .rowBias(bias, biasOffset)
                .run();
    }

    /** The padded input [B, Cin, H] rows, split by the horizontal stride. */
    static PhaseRows inputRows(Conv2dShape shape, MemorySegment x, long xOffset) {
        long rows = shape.batch() * shape.inChannels() * shape.inHeight();
        return PhaseRows.copy(x, xOffset, rows, shape.inWidth(), shape.strideWidth(), shape.padWidth());
    }

    /** Which element of a phase-split row output 0 reads under every horizontal tap. */
    static int[] tapOffsets(Conv2dShape shape, PhaseRows rows) {
        int[] offsets = new int[shape.kernelWidth()];
        for (int tap = 0; tap < offsets.length; tap++) {
            int position = tap * shape.dilationWidth();
            offsets[tap] = position % shape.strideWidth() * rows.pitch() + position / shape.strideWidth();
        }
        return offsets;
    }

    /** Where every row of an image [batch, groups * channels, height, width] begins, in the order (batch, row, group). */
    static long[] rowOffsets(long origin, long batch, int height, int groups, long channels, int width) {
        long[] offsets = new long[Math.toIntExact(batch * height * groups)];
        for (int i = 0; i < offsets.length; i++) {
            long group = i % groups;
            long row = i / groups % height;
            long image = (long) i / groups / height * groups + group;
            offsets[i] = origin + (image * channels * height + row) * width;
        }
        return offsets;
    }
}
