package org.openmoshi.tensor.cpu.vector;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Matrix products {@code C = A B} of float32 matrices in native memory, A: [m, k], B: [k, n], C: [m, n].
 *
 * <p>Offsets and strides count elements. A and B may have any strides, so every transposed or sliced case is a matter
 * of its strides; the columns of C are contiguous. C may not overlap A, B or the bias. The result has the same bits for
 * every number of threads.
 */
public final class Gemm {
    private Gemm() {}

    /** One product; adds to what C holds if {@code accumulate}. */
    public static void run(
            long m,
            long n,
            long k,
            MemorySegment a,
            long aOffset,
            long aRowStride,
            long aColumnStride,
            MemorySegment b,
            long bOffset,
            long bRowStride,
            long bColumnStride,
            MemorySegment c,
            long cOffset,
            long cRowStride,
            boolean accumulate) {
        runBatch(
                m,
                n,
                k,
                a,
                new long[] {aOffset},
                aRowStride,
                aColumnStride,
                b,
                new long[] {bOffset},
                bRowStride,
                bColumnStride,
                c,
                new long[] {cOffset},
                cRowStride,
                null,
                0,
                accumulate);
    }

    /**
     * One product per entry of {@code cOffsets}, the offset of its C.
     *
     * @param aOffsets offset of every A, or a single one that all products share
     * @param bOffsets offset of every B, or a single one that all products share
     * @param columnBias n floats that are added to every row of C unless {@code accumulate}; may be null
     * @throws IllegalArgumentException if the numbers of offsets do not fit, or a bias comes with {@code accumulate}
     */
    public static void runBatch(
            long m,
            long n,
            long k,
            MemorySegment a,
            long[] aOffsets,
            long aRowStride,
            long aColumnStride,
            MemorySegment b,
            long[] bOffsets,
            long bRowStride,
            long bColumnStride,
            MemorySegment c,
            long[] cOffsets,
            long cRowStride,
            @Nullable MemorySegment columnBias,
            long biasOffset,
            boolean accumulate) {
        int items = cOffsets.length;
        if ((aOffsets.length != items && aOffsets.length != 1) || (bOffsets.length != items && bOffsets.length != 1)) {
            throw new IllegalArgumentException("batched product of " + items + " matrices got " + aOffsets.length
                    + " offsets of A and " + bOffsets.length + " of B; each must be one or as many as C");
        }
        if (columnBias != null && accumulate) {
            throw new IllegalArgumentException("a product that accumulates cannot add a bias as well");
        }
        Panels left = new MatrixPanels(a, aOffsets, aColumnStride, aRowStride);
        Panels right = new MatrixPanels(b, bOffsets, bRowStride, bColumnStride);
        new PackedGemm(items, m, n, k, left, aOffsets.length, right)
                .into(c, cOffsets, cRowStride)
                .accumulate(accumulate)
                .columnBias(columnBias, biasOffset)
                .run();
    }
}
