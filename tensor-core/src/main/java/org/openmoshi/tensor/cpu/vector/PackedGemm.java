package org.openmoshi.tensor.cpu.vector;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.openmoshi.tensor.cpu.Parallel;

/**
 * The blocked matrix product that all dense kernels share: {@code C = start + A B} over packed panels.
 *
 * <p>C is cut into blocks, one task each. A task walks the depth in slices: the rows of A of one slice stay packed in
 * the second-level cache while one panel of B after the other is packed into the first-level cache and multiplied with
 * all of them. Every element of C is summed in an order that depends on the depth alone, so the bits depend neither on
 * the number of threads nor on how C was cut.
 */
final class PackedGemm {
    // A panel of B takes depth x NR floats: 32 of 48 KiB of first-level cache with AVX-512.
    private static final int MAX_DEPTH = 256;
    // Packed A of one slice: 512 x 256 floats are 512 KiB.
    private static final int MAX_ROWS = 512;
    private static final int MAX_COLUMNS = 6 * MicroKernel.NR;
    // Packing A once for all tasks pays while it stays in the last-level cache.
    private static final long MAX_SHARED_FLOATS = 16L << 20;
    // Below this many multiply-adds a second thread costs more than it brings.
    private static final long MIN_PARALLEL_WORK = 1L << 18;

    private static final int MR = MicroKernel.MR;
    private static final int NR = MicroKernel.NR;

    /** Receives finished blocks of C that cannot be written in place. */
    interface BlockConsumer {
        /** {@code block} holds rows x columns floats of C from (row0, column0) on; row stride in elements. */
        void accept(
                long item, long row0, int rows, long column0, int columns, MemorySegment block, long blockRowStride);
    }

    private final long items;
    private final long m;
    private final long n;
    private final long k;
    private final Panels a;
    private final long aItems;
    private final Panels b;

    private MemorySegment c = MemorySegment.NULL;
    private long[] cOffsets = {};
    private long cRowStride;
    private boolean accumulate;
    private @Nullable BlockConsumer consumer;
    private @Nullable MemorySegment rowBias;
    private @Nullable MemorySegment columnBias;
    private long biasOffset;

    private int depthSlices;
    private int sliceDepth;
    private int blockRows;
    private int blockColumns;
    private int rowBlocks;
    private int columnBlocks;
    private @Nullable MemorySegment sharedPanels;

    /**
     * @param items number of products
     * @param aItems number of different A; item i uses A number {@code i % aItems}
     */
    PackedGemm(long items, long m, long n, long k, Panels a, long aItems, Panels b) {
        this.items = items;
        this.m = m;
        this.n = n;
        this.k = k;
        this.a = a;
        this.aItems = aItems;
        this.b = b;
    }

    /** C of item i begins at element {@code offsets[i]}; its columns are contiguous. */
    PackedGemm into(MemorySegment c, long[] offsets, long rowStride) {
        this.c = c;
        this.cOffsets = offsets;
        this.cRowStride = rowStride;
        return this;
    }

    /** Hands finished blocks to {@code consumer} instead of writing them. */
    PackedGemm into(BlockConsumer consumer) {
        this.consumer = consumer;
        return this;
    }

    /** Adds to what C holds. */
    PackedGemm accumulate(boolean accumulate) {
        this.accumulate = accumulate;
        return this;
    }

    /** Adds {@code bias[offset + (item % aItems) * m + row]} to every row; null adds nothing. */
    PackedGemm rowBias(@Nullable MemorySegment bias, long offset) {
        this.rowBias = bias;
        this.biasOffset = offset;
        return this;
    }

    /** Adds {@code bias[offset + column]} to every column; null adds nothing. */
    PackedGemm columnBias(@Nullable MemorySegment bias, long offset) {
        this.columnBias = bias;
        this.biasOffset = offset;
        return this;
    }

    void run() {
        if (items == 0 || m == 0 || n == 0 || runNarrow()) {
            return;
        }
        sliceDepth = sliceDepth(k, b.depthUnit());
        depthSlices = (int) Math.max(1, Math.ceilDiv(k, sliceDepth));
        planBlocks();
        long rowTiles = Math.ceilDiv(m, MR);
        long packedFloats = aItems * rowTiles * MR * k;
        boolean reusedA = columnBlocks > 1 || items > aItems;
        if (reusedA && packedFloats <= MAX_SHARED_FLOATS) {
            MemorySegment panels = Scratch.get(Scratch.Use.SHARED_PANELS, packedFloats);
            long tiles = aItems * rowTiles;
            int chunks = (int) Math.min(tiles, work(1) < MIN_PARALLEL_WORK ? 1 : 8L * Parallel.threads());
            Parallel.run(chunks, chunk -> packShared(panels, tiles * chunk / chunks, tiles * (chunk + 1) / chunks));
            sharedPanels = panels;
        }
        long tasks = items * rowBlocks * columnBlocks;
        int parallel = (int) Math.min(tasks, Integer.MAX_VALUE);
        if (work(items) < MIN_PARALLEL_WORK) {
            parallel = 1;
        }
        int chunks = parallel;
        Parallel.run(chunks, chunk -> {
            for (long t = tasks * chunk / chunks; t < tasks * (chunk + 1) / chunks; t++) {
                block(t);
            }
        });
    }

    /**
     * How much of a depth is summed before the sum is added to C. {@link PackedConvKernel} cuts its sums likewise, or they
     * would have other bits.
     */
    static int sliceDepth(long k, int depthUnit) {
        long slices = Math.max(1, Math.ceilDiv(k, MAX_DEPTH));
        int unit = depthUnit > 1 && depthUnit <= MAX_DEPTH ? depthUnit : 4;
        return (int) Math.max(1, Math.ceilDiv(Math.ceilDiv(k, slices), (long) unit)) * unit;
    }

    /** A few rows or columns against a matrix whose rows can be read where they lie; false if it is not so. */
    private boolean runNarrow() {
        if (consumer != null || k > Integer.MAX_VALUE) {
            return false;
        }
        if (n <= NarrowProduct.MAX_VECTORS && a instanceof MatrixPanels matrix && matrix.depthStride() == 1) {
            NarrowProduct.run(items, m, (int) n, k, matrix, aItems, b, items, (item, row, height, column, sums) -> {
                for (int i = 0; i < height; i++) {
                    store(item, row + i, column, Lanes.getBytes(sums, i * 4L));
                }
            });
            return true;
        }
        if (m <= NarrowProduct.MAX_VECTORS && b instanceof MatrixPanels matrix && matrix.depthStride() == 1) {
            NarrowProduct.run(items, n, (int) m, k, matrix, items, a, aItems, (item, column, height, row, sums) -> {
                for (int i = 0; i < height; i++) {
                    store(item, row, column + i, Lanes.getBytes(sums, i * 4L));
                }
            });
            return true;
        }
        return false;
    }

    private void store(long item, long row, long column, float sum) {
        long to = (cOffsets[(int) item] + row * cRowStride + column) * 4;
        if (accumulate) {
            sum += Lanes.getBytes(c, to);
        } else if (rowBias != null) {
            sum += Lanes.getBytes(rowBias, (biasOffset + item % aItems * m + row) * 4);
        } else if (columnBias != null) {
            sum += Lanes.getBytes(columnBias, (biasOffset + column) * 4);
        }
        Lanes.setBytes(c, to, sum);
    }

    private long work(long count) {
        return count * m * n * Math.max(1, k);
    }

    private void planBlocks() {
        long rowTiles = Math.ceilDiv(m, MR);
        long columnTiles = Math.ceilDiv(n, NR);
        long rows = Math.ceilDiv(m, MAX_ROWS);
        long columns = Math.ceilDiv(n, MAX_COLUMNS);
        int threads = Parallel.threads();
        if (threads > 1 && work(items) >= MIN_PARALLEL_WORK) {
            // With few columns, tasks that share no rows pack A in their own cache, each a part of it.
            while (columns == 1 && items * rows < 2L * threads && rows * 4 < rowTiles) {
                rows *= 2;
            }
            while (items * rows * columns < (columns > 1 ? 8L : 2L) * threads && columns < columnTiles) {
                columns = Math.min(columnTiles, columns * 2);
            }
            while (items * rows * columns < 2L * threads && rows < rowTiles) {
                rows = Math.min(rowTiles, rows * 2);
            }
        }
        blockRows = (int) Math.ceilDiv(rowTiles, rows) * MR;
        blockColumns = (int) Math.ceilDiv(columnTiles, columns) * NR;
        rowBlocks = (int) Math.ceilDiv(m, blockRows);
        columnBlocks = (int) Math.ceilDiv(n, blockColumns);
    }

    // Layout: item of A, depth slice, tile of rows.
    private long sharedOffset(long aItem, long rowTile, long depth0, int depth) {
        long rows = Math.ceilDiv(m, MR) * MR;
        return (aItem * rows * k + depth0 * rows + rowTile * MR * depth) * 4;
    }

    private void packShared(MemorySegment panels, long from, long to) {
        long rowTiles = Math.ceilDiv(m, MR);
        // Slice by slice: neighbouring tiles often come from the same lines of memory.
        for (int slice = 0; slice < depthSlices; slice++) {
            long depth0 = (long) slice * sliceDepth;
            int depth = (int) Math.min(sliceDepth, k - depth0);
            for (long tile = from; tile < to; tile++) {
                long item = tile / rowTiles;
                long row0 = tile % rowTiles * MR;
                int rows = (int) Math.min(MR, m - row0);
                a.pack(item, depth0, depth, row0, rows, panels, sharedOffset(item, row0 / MR, depth0, depth), MR);
            }
        }
    }

    private void block(long task) {
        long columnBlock = task % columnBlocks;
        long rowBlock = task / columnBlocks % rowBlocks;
        long item = task / columnBlocks / rowBlocks;
        long row0 = rowBlock * blockRows;
        int rows = (int) Math.min(blockRows, m - row0);
        long column0 = columnBlock * blockColumns;
        int columns = (int) Math.min(blockColumns, n - column0);
        if (consumer == null) {
            block(
                    item,
                    row0,
                    rows,
                    column0,
                    columns,
                    c,
                    (cOffsets[(int) item] + row0 * cRowStride + column0) * 4,
                    cRowStride * 4);
        } else {
            MemorySegment result = Scratch.get(Scratch.Use.RESULT_BLOCK, (long) rows * columns);
            block(item, row0, rows, column0, columns, result, 0, columns * 4L);
            consumer.accept(item, row0, rows, column0, columns, result, columns);
        }
    }

    private void block(
            long item,
            long row0,
            int rows,
            long column0,
            int columns,
            MemorySegment out,
            long outOffset,
            long outRowStride) {
        MemorySegment bPanel = Scratch.get(Scratch.Use.B_PANEL, (long) sliceDepth * NR);
        MemorySegment aPanels =
                sharedPanels != null ? sharedPanels : Scratch.get(Scratch.Use.A_PANELS, (long) blockRows * sliceDepth);
        long tile = Scratch.get(Scratch.Use.TILE, (long) MR * NR).address();
        long outAddress = Lanes.address(out, outOffset, (rows - 1) * outRowStride + columns * 4L);
        long aItem = item % aItems;
        for (int slice = 0; slice < depthSlices; slice++) {
            long depth0 = (long) slice * sliceDepth;
            int depth = (int) Math.min(sliceDepth, k - depth0);
            long aOffset = 0;
            if (sharedPanels != null) {
                aOffset = sharedOffset(aItem, row0 / MR, depth0, depth);
            } else {
                for (int r = 0; r < rows; r += MR) {
                    a.pack(aItem, depth0, depth, row0 + r, Math.min(MR, rows - r), aPanels, r * 4L * depth, MR);
                }
            }
            long aAddress = Lanes.address(aPanels, aOffset, 4L * MR * Math.ceilDiv(rows, MR) * depth);
            boolean addToOut = slice > 0 || accumulate;
            for (int j = 0; j < columns; j += NR) {
                int width = Math.min(NR, columns - j);
                b.pack(item, depth0, depth, column0 + j, width, bPanel, 0, NR);
                long bAddress = Lanes.address(bPanel, 0, depth * (NR * 4L));
                for (int r = 0; r < rows; r += MR) {
                    int height = Math.min(MR, rows - r);
                    long to = outAddress + r * outRowStride + j * 4L;
                    MicroKernel.run(height, width, depth, aAddress + r * 4L * depth, bAddress, tile);
                    if (addToOut) {
                        TileStore.add(tile, height, width, to, outRowStride);
                    } else if (rowBias != null) {
                        long bias = biasOffset + aItem * m + row0 + r;
                        TileStore.setWithRowBias(tile, height, width, rowBias, bias, to, outRowStride);
                    } else if (columnBias != null) {
                        long bias = biasOffset + column0 + j;
                        TileStore.setWithColumnBias(tile, height, width, columnBias, bias, to, outRowStride);
                    } else {
                        TileStore.set(tile, height, width, to, outRowStride);
                    }
                }
            }
        }
    }
}
