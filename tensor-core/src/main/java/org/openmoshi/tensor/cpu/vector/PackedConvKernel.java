package org.openmoshi.tensor.cpu.vector;

import static org.openmoshi.tensor.cpu.vector.Lanes.L;
import static org.openmoshi.tensor.cpu.vector.Lanes.load;
import static org.openmoshi.tensor.cpu.vector.Lanes.store;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import org.jspecify.annotations.Nullable;
import org.openmoshi.tensor.cpu.Parallel;
import org.openmoshi.tensor.cpu.vector.Scratch.Use;

/**
 * Convolution with weights in panels, for the few steps of a stream. A panel of 32 outputs is read once, from beginning
 * to end, in slices that stay in the first-level cache while they meet one tile of columns after the other; lanes are
 * outputs, so one column uses them all. Sums are cut where {@link PackedGemm} cuts them: the bits are those of a whole
 * signal's convolution, for any number of columns.
 */
public final class PackedConvKernel {
    private static final int ROWS = 32;
    private static final int MAX_COLUMNS = MicroKernel.MR == 8 ? 8 : 4;
    private static final long MIN_PARALLEL_WORK = 1L << 18;

    private PackedConvKernel() {}

    /**
     * Writes y = bias + windows of x times weights.
     *
     * @param x [batch, steps, channels], the offset that of the first tap of the first window
     * @param panels [panels, channels kernelSize, 32] of float32, or of bfloat16
     * @param bias [outChannels] or null
     * @param y contiguous [batch, outSteps, outChannels]
     */
    public static void forward(
            PackedConvShape shape,
            MemorySegment x,
            long xOffset,
            MemorySegment panels,
            long panelsOffset,
            boolean bf16,
            @Nullable MemorySegment bias,
            long biasOffset,
            MemorySegment y,
            long yOffset) {
        int panelCount = Math.ceilDiv(shape.outChannels(), ROWS);
        long work = (long) shape.outSteps() * shape.outChannels() * shape.depth();
        int parts = work * shape.batch() < MIN_PARALLEL_WORK || Parallel.threads() == 1
                ? 1
                : Math.min(panelCount, 4 * Parallel.threads());
        int columnParts = parts == 1 || parts >= 2 * Parallel.threads()
                ? 1
                : Math.min(4 * Parallel.threads(), Math.ceilDiv(shape.outSteps(), MAX_COLUMNS));
        int tasks = work == 0 ? 0 : shape.batch() * parts * columnParts;
        Parallel.run(tasks, task -> {
            int item = task / (parts * columnParts);
            int part = task / columnParts % parts;
            int columns = Math.ceilDiv(Math.ceilDiv(shape.outSteps(), columnParts), MAX_COLUMNS) * MAX_COLUMNS;
            int first = task % columnParts * columns;
            int end = Math.min(shape.outSteps(), first + columns);
            for (int panel = panelCount * part / parts; panel < panelCount * (part + 1) / parts; panel++) {
                panel(
                        shape,
                        panel,
                        x,
                        xOffset + item * shape.itemStride(),
                        panels,
                        panelsOffset,
                        bf16,
                        bias,
                        biasOffset,
                        y,
                        yOffset + (long) item * shape.outSteps() * shape.outChannels(),
                        first,
                        end);
            }
        });
    }

    private static void panel(
            PackedConvShape shape,
            int panel,
            MemorySegment x,
            long xOffset,
            MemorySegment panels,
            long panelsOffset,
            boolean bf16,
            @Nullable MemorySegment bias,
            long biasOffset,
            MemorySegment y,
            long yOffset,
            int first,
            int end) {
        int depth = shape.depth();
        int taps = shape.kernelSize();
        int slice = PackedGemm.sliceDepth(depth, taps);
        int rows = Math.min(ROWS, shape.outChannels() - panel * ROWS);
        MemorySegment tile = Scratch.get(Use.TILE, (long) MAX_COLUMNS * ROWS);
        boolean widened = bf16 && end - first > 2;
        int weightBytes = bf16 ? 2 : 4;
        for (int from = 0; from < depth; from += slice) {
            int count = Math.min(slice, depth - from);
            long at = (panelsOffset + ((long) panel * depth + from) * ROWS) * weightBytes;
            long w = Lanes.address(panels, at, (long) count * ROWS * weightBytes);
            if (widened) {
                MemorySegment floats = Scratch.get(Use.A_PANELS, (long) slice * ROWS);
                Bf16Tiles.widen(w, count * ROWS, floats);
                w = floats.address();
            }
            for (int column = first; column < end; ) {
                int columns = columns(end - column);
                long start = xOffset + column * shape.columnStride() + from / taps;
                check(shape, x, start, columns, count / taps);
                multiply(shape, columns, count, w, bf16 && !widened, x.address() + 4 * start, tile);
                long to = yOffset + (long) column * shape.outChannels() + (long) panel * ROWS;
                for (int i = 0; i < columns; i++, to += shape.outChannels()) {
                    if (from > 0) {
                        add(tile, (long) i * ROWS, y, to, y, to, rows);
                    } else if (bias != null) {
                        add(tile, (long) i * ROWS, bias, biasOffset + (long) panel * ROWS, y, to, rows);
                    } else {
                        Lanes.copy(tile, (long) i * ROWS, y, to, rows);
                    }
                }
                column += columns;
            }
        }
    }

    /** The widest tile for that many columns. */
    private static int columns(int left) {
        return left >= MAX_COLUMNS ? MAX_COLUMNS : left >= 4 ? 4 : left >= 2 ? 2 : 1;
    }

    /** All of what a tile reads of x lies inside. */
    private static void check(PackedConvShape shape, MemorySegment x, long start, int columns, int channels) {
        long toLast = (columns - 1) * shape.columnStride();
        long toTap = (shape.kernelSize() - 1) * shape.tapStride();
        long least = start + Math.min(0, toTap);
        long most = start + toLast + Math.max(0, toTap) + channels;
        Lanes.address(x, 4 * least, 4 * (most - least));
    }

    private static void multiply(
            PackedConvShape shape, int columns, int depth, long w, boolean bf16, long x, MemorySegment tile) {
        int taps = shape.kernelSize();
        long column = 4 * shape.columnStride();
        long tap = 4 * shape.tapStride();
        long next = 4 - (taps - 1) * tap;
        for (int v = 0; v < ROWS; v += 2 * L) {
            long to = 4L * v;
            if (bf16) {
                if (columns == 2) {
                    Bf16Tiles.tile2(depth, taps, w + 2L * v, x, column, tap, next, tile, to);
                } else {
                    Bf16Tiles.tile1(depth, taps, w + 2L * v, x, column, tap, next, tile, to);
                }
                continue;
            }
            switch (columns) {
                case 8 -> PackedConvTiles.tile8(depth, taps, w + to, x, column, tap, next, tile, to);
                case 4 -> PackedConvTiles.tile4(depth, taps, w + to, x, column, tap, next, tile, to);
                case 2 -> PackedConvTiles.tile2(depth, taps, w + to, x, column, tap, next, tile, to);
                default -> PackedConvTiles.tile1(depth, taps, w + to, x, column, tap, next, tile, to);
            }
        }
    }

    /** y = a + b for n elements; y may be b. */
    private static void add(MemorySegment a, long ao, MemorySegment b, long bo, MemorySegment y, long yo, int n) {
        for (int i = 0; i < n; i += L) {
            if (n - i >= L) {
                FloatVector sum = load(a, ao + i).add(load(b, bo + i));
                store(sum, y, yo + i);
            } else {
                VectorMask<Float> mask = Lanes.first(n - i);
                FloatVector sum = load(a, ao + i, mask).add(load(b, bo + i, mask));
                store(sum, y, yo + i, mask);
            }
        }
    }
}
