package org.openmoshi.tensor.device;

import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.InPlaceOp.CodebookEma;
import org.openmoshi.tensor.Tensor;

/** Vector quantization ({@code nearest_code.h}, {@code residual_codes.h}, {@code uses.h}, {@code codebook_ema.h}). */
final class Codebooks {
    private static final int ROWS = KernelSource.constant("code_search.h", "ROWS");
    private static final int CODES = KernelSource.constant("code_search.h", "CODES");
    private static final int SEARCH_ITEMS = 64;
    private static final int GROUPS_WANTED = 256;

    private Codebooks() {}

    /** Few vectors alone would leave most of a device idle, so parts of the codebook are searched side by side. */
    static void nearestCode(Work work) {
        long n = work.in(0).dim(0);
        long d = work.in(0).dim(1);
        long codes = work.in(1).dim(0);
        long rowGroups = Math.max((n + ROWS - 1) / ROWS, 1);
        long parts = Math.clamp(GROUPS_WANTED / rowGroups, 1, (codes + CODES - 1) / CODES);
        Block x = work.dense(0);
        Block codebook = work.dense(1);
        Block least = work.scratch(DType.F64, parts * n);
        Block nearest = work.scratch(DType.I64, parts * n);
        DType dtype = work.in(0).dtype();
        work.kernel("nearest_code", dtype, "nearest_in_parts")
                .dense(least)
                .dense(nearest)
                .dense(x)
                .dense(codebook)
                .integer(n)
                .integer(codes)
                .integer(d)
                .integer(parts)
                .groups(n == 0 ? 0 : rowGroups, parts, 1, SEARCH_ITEMS);
        work.kernel("nearest_code", dtype, "nearest_code")
                .dense(work.result(0))
                .dense(least)
                .dense(nearest)
                .integer(parts)
                .integer(n)
                .elements(n);
    }

    /** One launch: a group takes its vectors through all levels, as each level needs what the one before left over. */
    static void residualCodes(Work work) {
        long n = work.in(0).dim(0);
        Block x = work.dense(0);
        Block codebooks = work.dense(1);
        work.kernel("residual_codes", work.in(0).dtype(), "residual_codes")
                .dense(work.result(0))
                .dense(work.result(1))
                .dense(x)
                .dense(codebooks)
                .integer(work.in(1).dim(0))
                .integer(n)
                .integer(work.in(1).dim(1))
                .integer(work.in(1).dim(2))
                .groups((n + ROWS - 1) / ROWS, SEARCH_ITEMS);
    }

    static void ema(CodebookEma op, Work work) {
        Tensor sums = work.in(0);
        Block x = work.dense(2);
        Uses uses = Uses.link(work, work.dense(3), work.in(3).size(), sums.dim(0), false);
        work.kernel("codebook_ema", sums.dtype(), "codebook_ema")
                .tensor(sums)
                .tensor(work.in(1))
                .dense(x)
                .dense(uses.head())
                .dense(uses.next())
                .integer(sums.dim(1))
                .real(op.decay())
                .integer(sums.size())
                .elements(sums.size());
    }
}
