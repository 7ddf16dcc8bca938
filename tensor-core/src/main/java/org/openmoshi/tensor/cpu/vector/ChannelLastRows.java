package org.openmoshi.tensor.cpu.vector;

import java.lang.foreign.MemorySegment;
import org.openmoshi.tensor.cpu.Parallel;

/**
 * The input of a 2-d convolution copied into scratch with the channels of a position side by side and zeros at both ends
 * of a row, so that what a tap reads at one position is a run of memory: [batch, height, pitch, channels], then a row of
 * zeros.
 *
 * @param pitch positions of one row, padding included
 */
record ChannelLastRows(MemorySegment data, long batch, int channels, int height, int pitch) {

    /** Copies x: [B, C, H, W]; the result lives until the thread's next call. */
    static ChannelLastRows copy(Conv2dShape shape, MemorySegment x, long offset) {
        int channels = Math.toIntExact(shape.inChannels());
        int reach =
                (shape.outWidth() - 1) * shape.strideWidth() + (shape.kernelWidth() - 1) * shape.dilationWidth() + 1;
        int pitch = Math.max(reach, shape.inWidth() + shape.padWidth());
        long rows = shape.batch() * shape.inHeight();
        MemorySegment data = Scratch.get(Scratch.Use.INPUT_ROWS, (rows + 1) * pitch * channels);
        ChannelLastRows copy = new ChannelLastRows(data, shape.batch(), channels, shape.inHeight(), pitch);
        int tasks = (int) Math.clamp(rows * pitch * channels >> 14, 1, Math.min(rows, 8L * Parallel.threads()));
        Parallel.run(tasks, task -> {
            for (long row = rows * task / tasks; row < rows * (task + 1) / tasks; row++) {
                copy.fill(row, x, offset, shape.inWidth(), shape.padWidth());
            }
        });
        Packing.zeroRow(data, rows * pitch * channels * 4, pitch * channels);
        return copy;
    }

    /** Where the channels of a position begin, in bytes; a row above or below the image is zeros. */
    long position(long image, int row, int column) {
        long line = row < 0 || row >= height ? batch * height : image * height + row;
        return (line * pitch + column) * channels * 4;
    }

    private void fill(long row, MemorySegment x, long offset, int width, int pad) {
        long plane = (long) height * width;
        long from = offset + row / height * channels * plane + row % height * width;
        long to = row * pitch * channels * 4;
        Packing.zeroRow(data, to, pad * channels);
        Packing.transpose(x, from * 4, plane * 4, width, channels, data, to + 4L * pad * channels, 4L * channels);
        Packing.zeroRow(data, to + 4L * (pad + width) * channels, (pitch - pad - width) * channels);
    }
}
