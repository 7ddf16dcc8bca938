package org.openmoshi.tensor.cpu.vector;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import org.openmoshi.tensor.cpu.Parallel;

/**
 * Copies between strided layouts of elements of four bytes (float32 or int32). Rows that are dense on both sides are
 * memory copies; a transposition runs in square tiles, so that each cache line is used whole on both sides.
 */
public final class CopyKernel {
    private static final int TILE = 32;
    private static final int GRAIN = 1 << 15;

    private CopyKernel() {}

    /** y = x for every index of the shape; a stride of 0 in x broadcasts. */
    public static void copy(
            MemorySegment x,
            long xOffset,
            long[] xStrides,
            MemorySegment y,
            long yOffset,
            long[] yStrides,
            long[] shape) {
        Rows rows = new Rows(shape, xStrides, yStrides);
        long xStep = rows.step(0);
        long yStep = rows.step(1);
        int dense = xStep == 1 || yStep != 1 ? -1 : denseDimension(rows);
        if (dense >= 0) {
            transpose(rows, dense, x, xOffset, y, yOffset);
            return;
        }
        rows.forEachChunk((row, from, n) -> {
            long xo = xOffset + rows.start(0, row) + from * xStep;
            long yo = yOffset + rows.start(1, row) + from * yStep;
            if (xStep == 1 && yStep == 1) {
                Lanes.copy(x, xo, y, yo, n);
            } else if (xStep == 0 && yStep == 1) {
                fill(y, yo, n, Lanes.get(x, xo));
            } else {
                for (int i = 0; i < n; i++) {
                    Lanes.setInt(y, yo + i * yStep, Lanes.getInt(x, xo + i * xStep));
                }
            }
        });
    }

    /** y += x for every index of the shape, in float32; y shows no element twice. */
    public static void add(
            MemorySegment x,
            long xOffset,
            long[] xStrides,
            MemorySegment y,
            long yOffset,
            long[] yStrides,
            long[] shape) {
        Rows rows = new Rows(shape, xStrides, yStrides);
        long xStep = rows.step(0);
        long yStep = rows.step(1);
        rows.forEachChunk((row, from, n) -> {
            long xo = xOffset + rows.start(0, row) + from * xStep;
            long yo = yOffset + rows.start(1, row) + from * yStep;
            if (xStep == 1 && yStep == 1) {
                UpdateKernel.addRow(x, xo, 1f, y, yo, n);
            } else {
                for (int i = 0; i < n; i++) {
                    Lanes.set(y, yo + i * yStep, Lanes.get(y, yo + i * yStep) + Lanes.get(x, xo + i * xStep));
                }
            }
        });
    }

    /** Sets n contiguous elements. */
    public static void fill(MemorySegment y, long yOffset, long n, float value) {
        FloatVector v = FloatVector.broadcast(Lanes.F, value);
        long i = 0;
        for (; i <= n - Lanes.L; i += Lanes.L) {
            Lanes.store(v, y, yOffset + i);
        }
        for (; i < n; i++) {
            Lanes.set(y, yOffset + i, value);
        }
    }

    /** The dimension other than the last along which x is dense, or -1. */
    private static int denseDimension(Rows rows) {
        for (int d = 0; d < rows.rank() - 1; d++) {
            if (rows.stride(0, d) == 1 && rows.dim(d) >= 4) {
                return d;
            }
        }
        return -1;
    }

    private static void transpose(Rows rows, int dense, MemorySegment x, long xOffset, MemorySegment y, long yOffset) {
        int last = rows.rank() - 1;
        long height = rows.dim(dense);
        long width = rows.dim(last);
        long matrices = 1;
        for (int d = 0; d < last; d++) {
            matrices *= d == dense ? 1 : rows.dim(d);
        }
        if (matrices == 0 || height == 0 || width == 0) {
            return;
        }
        long xStep = rows.stride(0, last);
        long yStep = rows.stride(1, dense);
        long bands = (height + TILE - 1) / TILE;
        long units = matrices * bands;
        long perTask = Math.max(1, GRAIN / (TILE * width));
        Parallel.run(Math.toIntExact((units + perTask - 1) / perTask), t -> {
            for (long unit = t * perTask; unit < Math.min(units, (t + 1) * perTask); unit++) {
                long xo = xOffset;
                long yo = yOffset;
                long matrix = unit / bands;
                for (int d = last - 1; d >= 0; d--) {
                    if (d != dense) {
                        xo += matrix % rows.dim(d) * rows.stride(0, d);
                        yo += matrix % rows.dim(d) * rows.stride(1, d);
                        matrix /= rows.dim(d);
                    }
                }
                long top = unit % bands * TILE;
                int h = (int) Math.min(TILE, height - top);
                for (long left = 0; left < width; left += TILE) {
                    int w = (int) Math.min(TILE, width - left);
                    long from = (xo + top + left * xStep) << 2;
                    long to = (yo + top * yStep + left) << 2;
                    Packing.transpose(x, from, xStep << 2, h, w, y, to, yStep << 2);
                }
            }
        });
    }
}
