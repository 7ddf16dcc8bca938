package org.openmoshi.tensor.cpu.vector;

import static org.openmoshi.tensor.cpu.vector.Lanes.L;
import static org.openmoshi.tensor.cpu.vector.Lanes.load;
import static org.openmoshi.tensor.cpu.vector.Lanes.store;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import org.openmoshi.tensor.ComputeOp.ReduceKind;
import org.openmoshi.tensor.cpu.Parallel;
import org.openmoshi.tensor.cpu.vector.Scratch.Use;

/**
 * Reductions of a strided float32 operand over any axes. Where the dense dimension is reduced, each output is a sum of
 * {@link RowSums}; where it is kept, rows are added to rows. Long reductions are split into pieces whose number depends
 * on the shape alone, and the pieces are combined in order in double precision.
 */
public final class ReduceKernel {
    private static final int GRAIN = 1 << 15;
    private static final int MAX_PIECES = 64;
    private static final int COLUMNS = 4096;

    /** Rows that are added in float32 before the result is added to the total. */
    private static final int ROW_BLOCK = 128;

    private ReduceKernel() {}

    /**
     * y = the reduction of x over the flagged dimensions.
     *
     * @param shape of x
     * @param strides of x, in elements
     * @param reduced per dimension, whether it is reduced
     * @param y contiguous over the kept dimensions
     */
    public static void apply(
            ReduceKind kind,
            MemorySegment x,
            long xOffset,
            long[] shape,
            long[] strides,
            boolean[] reduced,
            MemorySegment y,
            long yOffset) {
        ReduceLayout layout = new ReduceLayout(shape, strides, reduced);
        if (layout.outputs() == 0) {
            return;
        }
        if (layout.count() == 0) {
            CopyKernel.fill(y, yOffset, layout.outputs(), 0f);
        } else if (layout.denseIsReduced()) {
            reduceRows(kind, x, xOffset, layout, y, yOffset);
        } else {
            reduceColumns(kind, x, xOffset, layout, y, yOffset);
        }
    }

    private static void reduceRows(
            ReduceKind kind, MemorySegment x, long xOffset, ReduceLayout layout, MemorySegment y, long yOffset) {
        long outputs = layout.outputs();
        long rows = layout.reducedRows();
        long n = layout.dense();
        // A unit is a part of a row of at most GRAIN elements; a piece is a range of one output's units.
        long parts = (n + GRAIN - 1) / GRAIN;
        long units = rows * parts;
        int pieces = outputs >= MAX_PIECES ? 1 : Math.clamp(rows * n / GRAIN, 1, MAX_PIECES);
        if (pieces == 1) {
            long perTask = Math.max(1, GRAIN / Math.max(1, rows * n));
            Parallel.run(Math.toIntExact((outputs + perTask - 1) / perTask), t -> {
                for (long out = t * perTask; out < Math.min(outputs, (t + 1) * perTask); out++) {
                    double value = piece(kind, x, xOffset + layout.keptStart(out), layout, parts, 0, units);
                    Lanes.set(y, yOffset + out, finish(kind, value, rows * n));
                }
            });
            return;
        }
        double[] partial = new double[(int) outputs * pieces];
        Parallel.run(partial.length, t -> {
            long out = t / pieces;
            long p = t % pieces;
            long o = xOffset + layout.keptStart(out);
            partial[t] = piece(kind, x, o, layout, parts, units * p / pieces, units * (p + 1) / pieces);
        });
        for (int out = 0; out < outputs; out++) {
            double value = partial[out * pieces];
            for (int p = 1; p < pieces; p++) {
                value = combine(kind, value, partial[out * pieces + p]);
            }
            Lanes.set(y, yOffset + out, finish(kind, value, rows * n));
        }
    }

    private static double piece(
            ReduceKind kind, MemorySegment x, long offset, ReduceLayout layout, long parts, long from, long to) {
        double value = neutral(kind);
        for (long unit = from; unit < to; unit++) {
            long begin = unit % parts * GRAIN;
            long length = Math.min(GRAIN, layout.dense() - begin);
            long o = offset + layout.reducedStart(unit / parts) + begin;
            value = combine(
                    kind,
                    value,
                    switch (kind) {
                        case SUM, MEAN -> RowSums.sum(x, o, length);
                        case L2_NORM -> RowSums.sumOfSquares(x, o, length);
                        case MAX -> RowSums.max(x, o, length);
                        case MIN -> RowSums.min(x, o, length);
                    });
        }
        return value;
    }

    private static void reduceColumns(
            ReduceKind kind, MemorySegment x, long xOffset, ReduceLayout layout, MemorySegment y, long yOffset) {
        long groups = layout.keptRows();
        long rows = layout.reducedRows();
        int width = Math.toIntExact(layout.dense());
        long pieces = groups >= MAX_PIECES
                ? 1
                : Math.clamp(Math.min(rows / ROW_BLOCK, rows * width / GRAIN), 1, MAX_PIECES / groups + 1);
        if (pieces == 1 && layout.outputStep() == 1) {
            // A unit is a range of one group's columns that stays in the first-level cache.
            int parts = (width + COLUMNS - 1) / COLUMNS;
            long perTask = Math.max(1, GRAIN / Math.max(1, rows * Math.min(width, COLUMNS)));
            long units = groups * parts;
            Parallel.run(Math.toIntExact((units + perTask - 1) / perTask), t -> {
                for (long unit = t * perTask; unit < Math.min(units, (t + 1) * perTask); unit++) {
                    long group = unit / parts;
                    long column = unit % parts * COLUMNS;
                    int n = (int) Math.min(COLUMNS, width - column);
                    long to = yOffset + layout.outputStart(group) + column;
                    sumRows(kind, x, xOffset + layout.keptStart(group) + column, layout, 0, rows, y, to, n);
                    finishRow(kind, y, to, n, rows);
                }
            });
            return;
        }
        long units = groups * pieces;
        MemorySegment totals = Scratch.get(Use.BLOCK_SUMS, units * width);
        Parallel.run(Math.toIntExact(units), unit -> {
            long o = xOffset + layout.keptStart(unit / pieces);
            long p = unit % pieces;
            sumRows(kind, x, o, layout, rows * p / pieces, rows * (p + 1) / pieces, totals, (long) unit * width, width);
        });
        for (long group = 0; group < groups; group++) {
            long out = yOffset + layout.outputStart(group);
            for (int i = 0; i < width; i++) {
                double value = Lanes.get(totals, group * pieces * width + i);
                for (int p = 1; p < pieces; p++) {
                    value = combine(kind, value, Lanes.get(totals, (group * pieces + p) * width + i));
                }
                Lanes.set(y, out + i * layout.outputStep(), finish(kind, value, rows));
            }
        }
    }

    /** Rows [from, to) of a group added up into totals: blocks of them in float32, then block by block. */
    private static void sumRows(
            ReduceKind kind,
            MemorySegment x,
            long offset,
            ReduceLayout layout,
            long from,
            long to,
            MemorySegment totals,
            long at,
            int width) {
        boolean squared = kind == ReduceKind.L2_NORM;
        CopyKernel.fill(totals, at, width, neutral(kind));
        if (to - from <= ROW_BLOCK) {
            for (long row = from; row < to; row++) {
                accumulate(kind, x, offset + layout.reducedStart(row), totals, at, width, squared);
            }
            return;
        }
        MemorySegment block = Scratch.get(Use.ROW_SUMS, width);
        for (long row = from; row < to; row += ROW_BLOCK) {
            CopyKernel.fill(block, 0, width, neutral(kind));
            for (long r = row; r < Math.min(row + ROW_BLOCK, to); r++) {
                accumulate(kind, x, offset + layout.reducedStart(r), block, 0, width, squared);
            }
            accumulate(kind, block, 0, totals, at, width, false);
        }
    }

    private static void finishRow(ReduceKind kind, MemorySegment y, long yo, int n, long count) {
        switch (kind) {
            case SUM, MAX, MIN -> {}
            case MEAN -> {
                int whole = Lanes.whole(n);
                for (int i = 0; i < whole; i += L) {
                    store(load(y, yo + i).div((float) count), y, yo + i);
                }
                for (int i = whole; i < n; i++) {
                    Lanes.set(y, yo + i, Lanes.get(y, yo + i) / (float) count);
                }
            }
            case L2_NORM -> {
                int whole = Lanes.whole(n);
                for (int i = 0; i < whole; i += L) {
                    store(load(y, yo + i).sqrt(), y, yo + i);
                }
                for (int i = whole; i < n; i++) {
                    Lanes.set(y, yo + i, (float) Math.sqrt(Lanes.get(y, yo + i)));
                }
            }
        }
    }

    /** Adds a row, or its squares, to the accumulators. */
    private static void accumulate(
            ReduceKind kind, MemorySegment x, long o, MemorySegment sums, long so, int n, boolean squared) {
        switch (kind) {
            case SUM, MEAN -> add(x, o, sums, so, n);
            case L2_NORM -> {
                if (squared) {
                    addSquares(x, o, sums, so, n);
                } else {
                    add(x, o, sums, so, n);
                }
            }
            case MAX -> max(x, o, sums, so, n);
            case MIN -> min(x, o, sums, so, n);
        }
    }

    private static void add(MemorySegment x, long o, MemorySegment sums, long so, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            store(load(sums, so + i).add(load(x, o + i)), sums, so + i);
        }
        for (; i < n; i++) {
            Lanes.set(sums, so + i, Lanes.get(sums, so + i) + Lanes.get(x, o + i));
        }
    }

    private static void addSquares(MemorySegment x, long o, MemorySegment sums, long so, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector v = load(x, o + i);
            store(v.fma(v, load(sums, so + i)), sums, so + i);
        }
        for (; i < n; i++) {
            float v = Lanes.get(x, o + i);
            Lanes.set(sums, so + i, Math.fma(v, v, Lanes.get(sums, so + i)));
        }
    }

    private static void max(MemorySegment x, long o, MemorySegment sums, long so, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            store(load(sums, so + i).max(load(x, o + i)), sums, so + i);
        }
        for (; i < n; i++) {
            Lanes.set(sums, so + i, Math.max(Lanes.get(sums, so + i), Lanes.get(x, o + i)));
        }
    }

    private static void min(MemorySegment x, long o, MemorySegment sums, long so, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            store(load(sums, so + i).min(load(x, o + i)), sums, so + i);
        }
        for (; i < n; i++) {
            Lanes.set(sums, so + i, Math.min(Lanes.get(sums, so + i), Lanes.get(x, o + i)));
        }
    }

    private static float neutral(ReduceKind kind) {
        return switch (kind) {
            case SUM, MEAN, L2_NORM -> 0f;
            case MAX -> Float.NEGATIVE_INFINITY;
            case MIN -> Float.POSITIVE_INFINITY;
        };
    }

    private static double combine(ReduceKind kind, double a, double b) {
        return switch (kind) {
            case SUM, MEAN, L2_NORM -> a + b;
            case MAX -> Math.max(a, b);
            case MIN -> Math.min(a, b);
        };
    }

    private static float finish(ReduceKind kind, double value, long count) {
        return switch (kind) {
            case SUM, MAX, MIN -> (float) value;
            case MEAN -> (float) (value / count);
            case L2_NORM -> (float) Math.sqrt(value);
        };
    }
}
