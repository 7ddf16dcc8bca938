package org.openmoshi.tensor.cpu.vector;

import java.lang.foreign.MemorySegment;
import org.openmoshi.tensor.cpu.Parallel;

/** Residual vector quantization: the nearest codes of one level after another, each of what those before left over. */
public final class ResidualCodesKernel {
    private static final int ROWS = 64;

    private ResidualCodesKernel() {}

    /**
     * codes = int64 [levels, n] for residual [n, d] and codebooks [levels, size, d], all contiguous; leaves in residual
     * what the last level left over.
     */
    public static void search(
            MemorySegment residual,
            long residualOffset,
            MemorySegment codebooks,
            long codebooksOffset,
            MemorySegment codes,
            long codesOffset,
            int levels,
            int n,
            int size,
            int d) {
        for (int level = 0; level < levels; level++) {
            long codebook = codebooksOffset + (long) level * size * d;
            long chosen = codesOffset + (long) level * n;
            if (n <= FewCodesKernel.MAX_VECTORS) {
                Parallel.run(n, row -> {
                    long vector = residualOffset + (long) row * d;
                    int nearest = FewCodesKernel.nearest(residual, vector, codebooks, codebook, size, d);
                    Lanes.setLong(codes, chosen + row, nearest);
                });
            } else {
                NearestCodeKernel.nearest(residual, residualOffset, codebooks, codebook, codes, chosen, n, size, d);
            }
            Parallel.run((n + ROWS - 1) / ROWS, task -> {
                int last = Math.min(n, (task + 1) * ROWS);
                for (int row = task * ROWS; row < last; row++) {
                    long code = codebook + Lanes.getLong(codes, chosen + row) * d;
                    UpdateKernel.addRow(codebooks, code, -1f, residual, residualOffset + (long) row * d, d);
                }
            });
        }
    }
}
