package org.openmoshi.tensor.cpu.vector;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.openmoshi.tensor.cpu.vector.Lanes.ADDRESSES;
import static org.openmoshi.tensor.cpu.vector.Lanes.F;
import static org.openmoshi.tensor.cpu.vector.Lanes.MEMORY;

import java.lang.foreign.MemorySegment;
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
        if (rows == 0 || columns == 0) {
            return;
        }
        long aRow = aRowStride << 2;
        long aDepth = aDepthStride << 2;
        long cRow = cRowStride << 2;
        long tile = accumulate ? Scratch.get(Use.TILE, 8L * PANEL).address() : 0;
        long aAddress = Lanes.address(
                a, aOffset << 2, ((rows - 1) * aRowStride + Math.max(0, depth - 1) * aDepthStride + 1) << 2);
        long panels = Math.ceilDiv((long) columns, PANEL);
        long bAddress = Lanes.address(b, bOffset << 2, ((panels - 1) * bPanelStride + (long) depth * PANEL) << 2);
        long cAddress = Lanes.address(c, cOffset << 2, ((rows - 1) * cRowStride + panels * PANEL) << 2);
        for (int j = 0, panel = 0; j < columns; j += PANEL, panel++) {
            long bo = bAddress + (panel * bPanelStride << 2);
            int r = 0;
            while (r < rows) {
                int height = rows - r >= MicroKernel.MR ? MicroKernel.MR : rows - r >= 4 ? 4 : 1;
                long ao = aAddress + r * aRow;
                long co = cAddress + j * 4L + r * cRow;
                long to = accumulate ? tile : co;
                long tileRow = accumulate ? PANEL_BYTES : cRow;
                if (height == 8) {
                    tile8(depth, ao, aRow, aDepth, bo, to, tileRow);
                } else if (height == 4) {
                    tile4(depth, ao, aRow, aDepth, bo, to, tileRow);
                } else {
                    tile1(depth, ao, aDepth, bo, to);
                }
                if (accumulate) {
                    TileStore.add(tile, height, PANEL, co, cRow);
                }
                r += height;
            }
        }
    }

    private static void tile8(int depth, long a, long aRow, long aDepth, long b, long c, long cRow) {
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
            long row = b & ADDRESSES;
            FloatVector b0 = FloatVector.fromMemorySegment(F, MEMORY, row, LITTLE_ENDIAN);
            FloatVector b1 = FloatVector.fromMemorySegment(F, MEMORY, row + VECTOR_BYTES, LITTLE_ENDIAN);
            FloatVector a0 = FloatVector.broadcast(F, MEMORY.get(Packing.FLOAT, a & ADDRESSES));
            c00 = a0.fma(b0, c00);
            c01 = a0.fma(b1, c01);
            FloatVector a1 = FloatVector.broadcast(F, MEMORY.get(Packing.FLOAT, (a + aRow) & ADDRESSES));
            c10 = a1.fma(b0, c10);
            c11 = a1.fma(b1, c11);
            FloatVector a2 = FloatVector.broadcast(F, MEMORY.get(Packing.FLOAT, (a + 2 * aRow) & ADDRESSES));
            c20 = a2.fma(b0, c20);
            c21 = a2.fma(b1, c21);
            FloatVector a3 = FloatVector.broadcast(F, MEMORY.get(Packing.FLOAT, (a + 3 * aRow) & ADDRESSES));
            c30 = a3.fma(b0, c30);
            c31 = a3.fma(b1, c31);
            FloatVector a4 = FloatVector.broadcast(F, MEMORY.get(Packing.FLOAT, (a + 4 * aRow) & ADDRESSES));
            c40 = a4.fma(b0, c40);
            c41 = a4.fma(b1, c41);
            FloatVector a5 = FloatVector.broadcast(F, MEMORY.get(Packing.FLOAT, (a + 5 * aRow) & ADDRESSES));
            c50 = a5.fma(b0, c50);
            c51 = a5.fma(b1, c51);
            FloatVector a6 = FloatVector.broadcast(F, MEMORY.get(Packing.FLOAT, (a + 6 * aRow) & ADDRESSES));
            c60 = a6.fma(b0, c60);
            c61 = a6.fma(b1, c61);
            FloatVector a7 = FloatVector.broadcast(F, MEMORY.get(Packing.FLOAT, (a + 7 * aRow) & ADDRESSES));
            c70 = a7.fma(b0, c70);
            c71 = a7.fma(b1, c71);
            a += aDepth;
            b += PANEL_BYTES;
        }
        long to0 = c & ADDRESSES;
        c00.intoMemorySegment(MEMORY, to0, LITTLE_ENDIAN);
        c01.intoMemorySegment(MEMORY, to0 + VECTOR_BYTES, LITTLE_ENDIAN);
        long to1 = (c + cRow) & ADDRESSES;
        c10.intoMemorySegment(MEMORY, to1, LITTLE_ENDIAN);
        c11.intoMemorySegment(MEMORY, to1 + VECTOR_BYTES, LITTLE_ENDIAN);
        long to2 = (c + 2 * cRow) & ADDRESSES;
        c20.intoMemorySegment(MEMORY, to2, LITTLE_ENDIAN);
        c21.intoMemorySegment(MEMORY, to2 + VECTOR_BYTES, LITTLE_ENDIAN);
        long to3 = (c + 3 * cRow) & ADDRESSES;
        c30.intoMemorySegment(MEMORY, to3, LITTLE_ENDIAN);
        c31.intoMemorySegment(MEMORY, to3 + VECTOR_BYTES, LITTLE_ENDIAN);
        long to4 = (c + 4 * cRow) & ADDRESSES;
        c40.intoMemorySegment(MEMORY, to4, LITTLE_ENDIAN);
        c41.intoMemorySegment(MEMORY, to4 + VECTOR_BYTES, LITTLE_ENDIAN);
        long to5 = (c + 5 * cRow) & ADDRESSES;
        c50.intoMemorySegment(MEMORY, to5, LITTLE_ENDIAN);
        c51.intoMemorySegment(MEMORY, to5 + VECTOR_BYTES, LITTLE_ENDIAN);
        long to6 = (c + 6 * cRow) & ADDRESSES;
        c60.intoMemorySegment(MEMORY, to6, LITTLE_ENDIAN);
        c61.intoMemorySegment(MEMORY, to6 + VECTOR_BYTES, LITTLE_ENDIAN);
        long to7 = (c + 7 * cRow) & ADDRESSES;
        c70.intoMemorySegment(MEMORY, to7, LITTLE_ENDIAN);
        c71.intoMemorySegment(MEMORY, to7 + VECTOR_BYTES, LITTLE_ENDIAN);
    }

    private static void tile4(int depth, long a, long aRow, long aDepth, long b, long c, long cRow) {
        FloatVector c00 = FloatVector.zero(F);
        FloatVector c01 = FloatVector.zero(F);
        FloatVector c10 = FloatVector.zero(F);
        FloatVector c11 = FloatVector.zero(F);
        FloatVector c20 = FloatVector.zero(F);
        FloatVector c21 = FloatVector.zero(F);
        FloatVector c30 = FloatVector.zero(F);
        FloatVector c31 = FloatVector.zero(F);
        for (int p = 0; p < depth; p++) {
            long row = b & ADDRESSES;
            FloatVector b0 = FloatVector.fromMemorySegment(F, MEMORY, row, LITTLE_ENDIAN);
            FloatVector b1 = FloatVector.fromMemorySegment(F, MEMORY, row + VECTOR_BYTES, LITTLE_ENDIAN);
            FloatVector a0 = FloatVector.broadcast(F, MEMORY.get(Packing.FLOAT, a & ADDRESSES));
            c00 = a0.fma(b0, c00);
            c01 = a0.fma(b1, c01);
            FloatVector a1 = FloatVector.broadcast(F, MEMORY.get(Packing.FLOAT, (a + aRow) & ADDRESSES));
            c10 = a1.fma(b0, c10);
            c11 = a1.fma(b1, c11);
            FloatVector a2 = FloatVector.broadcast(F, MEMORY.get(Packing.FLOAT, (a + 2 * aRow) & ADDRESSES));
            c20 = a2.fma(b0, c20);
            c21 = a2.fma(b1, c21);
            FloatVector a3 = FloatVector.broadcast(F, MEMORY.get(Packing.FLOAT, (a + 3 * aRow) & ADDRESSES));
            c30 = a3.fma(b0, c30);
            c31 = a3.fma(b1, c31);
            a += aDepth;
            b += PANEL_BYTES;
        }
        long to0 = c & ADDRESSES;
        c00.intoMemorySegment(MEMORY, to0, LITTLE_ENDIAN);
        c01.intoMemorySegment(MEMORY, to0 + VECTOR_BYTES, LITTLE_ENDIAN);
        long to1 = (c + cRow) & ADDRESSES;
        c10.intoMemorySegment(MEMORY, to1, LITTLE_ENDIAN);
        c11.intoMemorySegment(MEMORY, to1 + VECTOR_BYTES, LITTLE_ENDIAN);
        long to2 = (c + 2 * cRow) & ADDRESSES;
        c20.intoMemorySegment(MEMORY, to2, LITTLE_ENDIAN);
        c21.intoMemorySegment(MEMORY, to2 + VECTOR_BYTES, LITTLE_ENDIAN);
        long to3 = (c + 3 * cRow) & ADDRESSES;
        c30.intoMemorySegment(MEMORY, to3, LITTLE_ENDIAN);
        c31.intoMemorySegment(MEMORY, to3 + VECTOR_BYTES, LITTLE_ENDIAN);
    }

    private static void tile1(int depth, long a, long aDepth, long b, long c) {
        FloatVector c00 = FloatVector.zero(F);
        FloatVector c01 = FloatVector.zero(F);
        for (int p = 0; p < depth; p++) {
            long row = b & ADDRESSES;
            FloatVector b0 = FloatVector.fromMemorySegment(F, MEMORY, row, LITTLE_ENDIAN);
            FloatVector b1 = FloatVector.fromMemorySegment(F, MEMORY, row + VECTOR_BYTES, LITTLE_ENDIAN);
            FloatVector a0 = FloatVector.broadcast(F, MEMORY.get(Packing.FLOAT, a & ADDRESSES));
            c00 = a0.fma(b0, c00);
            c01 = a0.fma(b1, c01);
            a += aDepth;
            b += PANEL_BYTES;
        }
        long to0 = c & ADDRESSES;
        c00.intoMemorySegment(MEMORY, to0, LITTLE_ENDIAN);
        c01.intoMemorySegment(MEMORY, to0 + VECTOR_BYTES, LITTLE_ENDIAN);
    }
}
