package org.openmoshi.tensor.cpu.vector;

import java.lang.foreign.MemorySegment;
import org.openmoshi.tensor.cpu.Parallel;

/** Rows of a table by index, and the gradient of the table. A negative index stands for a row of zeros. */
public final class EmbeddingKernel {
    private static final int GRAIN = 1 << 15;

    private EmbeddingKernel() {}

    /**
     * y[i] = table[indices[i]].
     *
     * @param indices int64 [n], contiguous
     * @param table [vocabulary, d], contiguous
     * @throws IndexOutOfBoundsException if an index is beyond the table
     */
    public static void forward(
            MemorySegment indices,
            long indicesOffset,
            MemorySegment table,
            long tableOffset,
            MemorySegment y,
            long yOffset,
            int n,
            long vocabulary,
            int d) {
        check(indices, indicesOffset, n, vocabulary);
        int perTask = Math.max(1, GRAIN / Math.max(1, d));
        Parallel.run((n + perTask - 1) / perTask, t -> {
            for (int i = t * perTask; i < Math.min(n, (t + 1) * perTask); i++) {
                long row = Lanes.getLong(indices, indicesOffset + i);
                if (row < 0) {
                    CopyKernel.fill(y, yOffset + (long) i * d, d, 0f);
                } else {
                    Lanes.copy(table, tableOffset + row * d, y, yOffset + (long) i * d, d);
                }
            }
        });
    }

    /** dtable[r] = the sum of g[i] over the indices equal to r, in their order. */
    public static void backward(
            MemorySegment g,
            long gOffset,
            MemorySegment indices,
            long indicesOffset,
            MemorySegment dtable,
            long dtableOffset,
            int n,
            long vocabulary,
            int d) {
        check(indices, indicesOffset, n, vocabulary);
        CopyKernel.fill(dtable, dtableOffset, vocabulary * d, 0f);
        for (int i = 0; i < n; i++) {
            long row = Lanes.getLong(indices, indicesOffset + i);
            if (row >= 0) {
                UpdateKernel.addRow(g, gOffset + (long) i * d, 1f, dtable, dtableOffset + row * d, d);
            }
        }
    }

    private static void check(MemorySegment indices, long offset, int n, long vocabulary) {
        for (int i = 0; i < n; i++) {
            long row = Lanes.getLong(indices, offset + i);
            if (row >= vocabulary) {
                throw new IndexOutOfBoundsException("Embedding: index " + row + " is outside the " + vocabulary
                        + " positions 0 to " + (vocabulary - 1));
            }
        }
    }
}
