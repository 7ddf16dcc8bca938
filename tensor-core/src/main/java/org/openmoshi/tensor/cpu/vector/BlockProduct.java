package org.openmoshi.tensor.cpu.vector;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.openmoshi.tensor.cpu.vector.Lanes.F;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import org.openmoshi.tensor.cpu.vector.Scratch.Use;

/**
 * Products of small blocks that stay in the cache, C = A B or C += A B, for attention: A is read where it lies, with any
 * strides, B is in panels of {@link #PANEL} columns. The register tiles are written out by hand because a vector that
 * crosses a method boundary is boxed.
 */
final class BlockProduct {
    /** Columns of a panel of B: two vectors. */
    static final int PANEL = 2 * Lanes.L;

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN);
    private static final long VECTOR_BYTES = F.vectorByteSize();
    private static final long PANEL_BYTES = 2 * VECTOR_BYTES;

    private BlockProduct() {}

    /** n rounded up to whole panels. */
    static int padded(int n) {
        return (n + PANEL - 1) / PANEL * PANEL;
    }

    /**
     * Packs a strided matrix [depth, columns] into panels: element (p, j) goes to panel j / PANEL, there to row p. The
     * columns that fill the last panel are zero.
     */
    static void pack(
            MemorySegment x,
            long offset,
            long depthStride,
            long columnStride,
            int depth,
            int columns,
            MemorySegment panels,
            long to) {
        for (int j = 0; j < columns; j += PANEL) {
            int width = Math.min(PANEL, columns - j);
            long target = (to + (long) j * depth) << 2;
            if (width < PANEL) {
                panels.asSlice(target, depth * PANEL_BYTES).fill((byte) 0);
            }
            long from = (offset + j * columnStride) << 2;
            Packing.pack(x, from, depthStride << 2, columnStride << 2, depth, width, panels, target, PANEL_BYTES);
        }
    }

    /**
     * C = A B, or C += A B when accumulating. Offsets and strides are in elements.
     *
     * @param b panels of {@code depth} rows; panel n begins n * bPanelStride elements after bOffset
     * @param columns of C; whole panels are written
     */
    static void multiply(
            int rows,
            int columns,
            int depth,
            MemorySegment a,
            long aOffset,
            long aRowStride,
            long aDepthStride,
            MemorySegment b,
            long bOffset,
            long bPanelStride,
            MemorySegment c,
            long cOffset,
            long cRowStride,
            boolean accumulate) {
        long aRow = aRowStride << 2;
        long aDepth = aDepthStride << 2;
        long cRow = cRowStride << 2;
        MemorySegment tile = accumulate ? Scratch.get(Use.TILE, 8L * PANEL) : c;
        for (int j = 0, panel = 0; j < columns; j += PANEL, panel++) {
            long bo = (bOffset + panel * bPanelStride) << 2;
            int r = 0;
            while (r < rows) {
                int height = rows - r >= MicroKernel.MR ? MicroKernel.MR : rows - r >= 4 ? 4 : 1;
                long ao = (aOffset << 2) + r * aRow;
                long co = ((cOffset + j) << 2) + r * cRow;
                long to = accumulate ? 0 : co;
                long tileRow = accumulate ? PANEL_BYTES : cRow;
                if (height == 8) {
                    tile8(depth, a, ao, aRow, aDepth, b, bo, tile, to, tileRow);
                } else if (height == 4) {
                    tile4(depth, a, ao, aRow, aDepth, b, bo, tile, to, tileRow);
                } else {
                    tile1(depth, a, ao, aDepth, b, bo, tile, to);
                }
                if (accumulate) {
                    add(tile, height, c, co, cRow);
                }
                r += height;
            }
        }
    }

    private static void add(MemorySegment tile, int rows, MemorySegment c, long co, long cRow) {
        for (int r = 0; r < rows; r++) {
            for (long i = 0; i < PANEL_BYTES; i += VECTOR_BYTES) {
                FloatVector.fromMemorySegment(F, c, co + r * cRow + i, LITTLE_ENDIAN)
                        .add(FloatVector.fromMemorySegment(F, tile, r * PANEL_BYTES + i, LITTLE_ENDIAN))
                        .intoMemorySegment(c, co + r * cRow + i, LITTLE_ENDIAN);
            }
        }
    }

    private static void tile8(
            int depth,
            MemorySegment as,
            long a,
            long aRow,
            long aDepth,
            MemorySegment bs,
            long b,
            MemorySegment cs,
            long c,
            long cRow) {
        FloatVector c00 = FloatVector.zero(F);
        FloatVector c01 = FloatVector.zero(F);
        FloatVector c10 = FloatVector.zero(F);
        FloatVector c11 = FloatVector.zero(F);
        FloatVector c20 = FloatVector.zero(F);
        FloatVector c21 = FloatVector.zero(F);
        FloatVector c30 = FloatVector.zero(F);
        FloatVector c31 = FloatVector.zero(F);
        FloatVector c40 = FloatVector.zero(F);
        FloatVector c41 = FloatVector.zero(F);
        FloatVector c50 = FloatVector.zero(F);
        FloatVector c51 = FloatVector.zero(F);
        FloatVector c60 = FloatVector.zero(F);
        FloatVector c61 = FloatVector.zero(F);
        FloatVector c70 = FloatVector.zero(F);
        FloatVector c71 = FloatVector.zero(F);
        for (int p = 0; p < depth; p++) {
            FloatVector b0 = FloatVector.fromMemorySegment(F, bs, b, LITTLE_ENDIAN);
            FloatVector b1 = FloatVector.fromMemorySegment(F, bs, b + VECTOR_BYTES, LITTLE_ENDIAN);
            FloatVector a0 = FloatVector.broadcast(F, as.get(FLOAT, a));
            c00 = a0.fma(b0, c00);
            c01 = a0.fma(b1, c01);
            FloatVector a1 = FloatVector.broadcast(F, as.get(FLOAT, a + aRow));
            c10 = a1.fma(b0, c10);
            c11 = a1.fma(b1, c11);
            FloatVector a2 = FloatVector.broadcast(F, as.get(FLOAT, a + 2 * aRow));
            c20 = a2.fma(b0, c20);
            c21 = a2.fma(b1, c21);
            FloatVector a3 = FloatVector.broadcast(F, as.get(FLOAT, a + 3 * aRow));
            c30 = a3.fma(b0, c30);
            c31 = a3.fma(b1, c31);
            FloatVector a4 = FloatVector.broadcast(F, as.get(FLOAT, a + 4 * aRow));
            c40 = a4.fma(b0, c40);
            c41 = a4.fma(b1, c41);
            FloatVector a5 = FloatVector.broadcast(F, as.get(FLOAT, a + 5 * aRow));
            c50 = a5.fma(b0, c50);
            c51 = a5.fma(b1, c51);
            FloatVector a6 = FloatVector.broadcast(F, as.get(FLOAT, a + 6 * aRow));
            c60 = a6.fma(b0, c60);
            c61 = a6.fma(b1, c61);
            FloatVector a7 = FloatVector.broadcast(F, as.get(FLOAT, a + 7 * aRow));
            c70 = a7.fma(b0, c70);
            c71 = a7.fma(b1, c71);
            a += aDepth;
            b += PANEL_BYTES;
        }
        c00.intoMemorySegment(cs, c, LITTLE_ENDIAN);
        c01.intoMemorySegment(cs, c + VECTOR_BYTES, LITTLE_ENDIAN);
        c10.intoMemorySegment(cs, c + cRow, LITTLE_ENDIAN);
        c11.intoMemorySegment(cs, c + cRow + VECTOR_BYTES, LITTLE_ENDIAN);
        c20.intoMemorySegment(cs, c + 2 * cRow, LITTLE_ENDIAN);
        c21.intoMemorySegment(cs, c + 2 * cRow + VECTOR_BYTES, LITTLE_ENDIAN);
        c30.intoMemorySegment(cs, c + 3 * cRow, LITTLE_ENDIAN);
        c31.intoMemorySegment(cs, c + 3 * cRow + VECTOR_BYTES, LITTLE_ENDIAN);
        c40.intoMemorySegment(cs, c + 4 * cRow, LITTLE_ENDIAN);
        c41.intoMemorySegment(cs, c + 4 * cRow + VECTOR_BYTES, LITTLE_ENDIAN);
        c50.intoMemorySegment(cs, c + 5 * cRow, LITTLE_ENDIAN);
        c51.intoMemorySegment(cs, c + 5 * cRow + VECTOR_BYTES, LITTLE_ENDIAN);
        c60.intoMemorySegment(cs, c + 6 * cRow, LITTLE_ENDIAN);
        c61.intoMemorySegment(cs, c + 6 * cRow + VECTOR_BYTES, LITTLE_ENDIAN);
        c70.intoMemorySegment(cs, c + 7 * cRow, LITTLE_ENDIAN);
        c71.intoMemorySegment(cs, c + 7 * cRow + VECTOR_BYTES, LITTLE_ENDIAN);
    }

    private static void tile4(
            int depth,
            MemorySegment as,
            long a,
            long aRow,
            long aDepth,
            MemorySegment bs,
            long b,
            MemorySegment cs,
            long c,
            long cRow) {
        FloatVector c00 = FloatVector.zero(F);
        FloatVector c01 = FloatVector.zero(F);
        FloatVector c10 = FloatVector.zero(F);
        FloatVector c11 = FloatVector.zero(F);
        FloatVector c20 = FloatVector.zero(F);
        FloatVector c21 = FloatVector.zero(F);
        FloatVector c30 = FloatVector.zero(F);
        FloatVector c31 = FloatVector.zero(F);
        for (int p = 0; p < depth; p++) {
            FloatVector b0 = FloatVector.fromMemorySegment(F, bs, b, LITTLE_ENDIAN);
            FloatVector b1 = FloatVector.fromMemorySegment(F, bs, b + VECTOR_BYTES, LITTLE_ENDIAN);
            FloatVector a0 = FloatVector.broadcast(F, as.get(FLOAT, a));
            c00 = a0.fma(b0, c00);
            c01 = a0.fma(b1, c01);
            FloatVector a1 = FloatVector.broadcast(F, as.get(FLOAT, a + aRow));
            c10 = a1.fma(b0, c10);
            c11 = a1.fma(b1, c11);
            FloatVector a2 = FloatVector.broadcast(F, as.get(FLOAT, a + 2 * aRow));
            c20 = a2.fma(b0, c20);
            c21 = a2.fma(b1, c21);
            FloatVector a3 = FloatVector.broadcast(F, as.get(FLOAT, a + 3 * aRow));
            c30 = a3.fma(b0, c30);
            c31 = a3.fma(b1, c31);
            a += aDepth;
            b += PANEL_BYTES;
        }
        c00.intoMemorySegment(cs, c, LITTLE_ENDIAN);
        c01.intoMemorySegment(cs, c + VECTOR_BYTES, LITTLE_ENDIAN);
        c10.intoMemorySegment(cs, c + cRow, LITTLE_ENDIAN);
        c11.intoMemorySegment(cs, c + cRow + VECTOR_BYTES, LITTLE_ENDIAN);
        c20.intoMemorySegment(cs, c + 2 * cRow, LITTLE_ENDIAN);
        c21.intoMemorySegment(cs, c + 2 * cRow + VECTOR_BYTES, LITTLE_ENDIAN);
        c30.intoMemorySegment(cs, c + 3 * cRow, LITTLE_ENDIAN);
        c31.intoMemorySegment(cs, c + 3 * cRow + VECTOR_BYTES, LITTLE_ENDIAN);
    }

    private static void tile1(
            int depth, MemorySegment as, long a, long aDepth, MemorySegment bs, long b, MemorySegment cs, long c) {
        FloatVector c00 = FloatVector.zero(F);
        FloatVector c01 = FloatVector.zero(F);
        for (int p = 0; p < depth; p++) {
            FloatVector b0 = FloatVector.fromMemorySegment(F, bs, b, LITTLE_ENDIAN);
            FloatVector b1 = FloatVector.fromMemorySegment(F, bs, b + VECTOR_BYTES, LITTLE_ENDIAN);
            FloatVector a0 = FloatVector.broadcast(F, as.get(FLOAT, a));
            c00 = a0.fma(b0, c00);
            c01 = a0.fma(b1, c01);
            a += aDepth;
            b += PANEL_BYTES;
        }
        c00.intoMemorySegment(cs, c, LITTLE_ENDIAN);
        c01.intoMemorySegment(cs, c + VECTOR_BYTES, LITTLE_ENDIAN);
    }
}
