package org.openmoshi.tensor.device;

import org.openmoshi.tensor.ComputeOp.Sort;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Tensor;

/**
 * Sorting along the last axis ({@code sort.h}): tiles in memory of the group, then runs of them merged two by two. Of
 * every run only as many elements are kept as the result needs.
 */
final class Sorting {
    private static final int TILE = KernelSource.constant("sort.h", "TILE");

    /** Values and where each came from. */
    private record Pairs(Block values, Block indices) {
        static Pairs scratch(Work work, DType dtype, long count) {
            return new Pairs(work.scratch(dtype, count), work.scratch(DType.I64, count));
        }

        Launch pass(Launch launch) {
            return launch.dense(values).dense(indices);
        }
    }

    private Sorting() {}

    static void topK(Work work) {
        sort(work, true);
    }

    static void sort(Sort op, Work work) {
        sort(work, op.descending());
    }

    // (x [..., n]) -> values [..., kept], indices [..., kept]
    private static void sort(Work work, boolean descending) {
        Tensor x = work.in(0);
        long n = x.dim(-1);
        long kept = work.out(0).dim(-1);
        if (work.out(0).size() == 0) {
            return;
        }
        long rows = x.size() / n;
        Block source = work.dense(0);
        Pairs result = new Pairs(work.result(0), work.result(1));
        long tile = Math.clamp(Rows.powerOfTwo(n), 2, TILE);
        Pairs sorted = n <= tile ? result : Pairs.scratch(work, x.dtype(), rows * n);
        sorted.pass(work.kernel("sort", x.dtype(), "sort_tiles"))
                .dense(source)
                .integer(rows)
                .integer(n)
                .integer(n <= tile ? kept : n)
                .integer(kept)
                .integer(tile)
                .integer(descending ? 1 : 0)
                .groups(rows * ((n + tile - 1) / tile), (int) Math.min(tile / 2, Rows.GROUP_ITEMS));
        Pairs spare = n <= 2 * tile ? result : Pairs.scratch(work, x.dtype(), rows * n);
        for (long run = tile; run < n; run *= 2) {
            Pairs merged = 2 * run >= n ? result : spare;
            sorted.pass(merged.pass(work.kernel("sort", x.dtype(), "merge_runs")))
                    .integer(rows)
                    .integer(n)
                    .integer(2 * run >= n ? kept : n)
                    .integer(kept)
                    .integer(run)
                    .integer(descending ? 1 : 0)
                    .elements(rows * ((n + run - 1) / run) * Math.min(run, kept));
            spare = sorted;
            sorted = merged;
        }
    }
}
