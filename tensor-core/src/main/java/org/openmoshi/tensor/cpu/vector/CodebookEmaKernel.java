package org.openmoshi.tensor.cpu.vector;

import java.lang.foreign.MemorySegment;

/** The moving averages of a codebook (van den Oord et al. 2017, appendix A.1). */
public final class CodebookEmaKernel {
    private CodebookEmaKernel() {}

    /**
     * sums = decay sums + (1 - decay) (sum of each code's vectors), usage likewise with their number; vectors are added
     * in their order.
     *
     * @param sums [codes, d]
     * @param usage [codes]
     * @param x [n, d]
     * @param codes int64 [n]
     * @throws IndexOutOfBoundsException if a code is no row of the codebook; nothing was written then
     */
    public static void update(
            double decay,
            MemorySegment sums,
            long sumsOffset,
            MemorySegment usage,
            long usageOffset,
            MemorySegment x,
            long xOffset,
            MemorySegment codes,
            long codesOffset,
            int n,
            int size,
            int d) {
        for (int i = 0; i < n; i++) {
            long code = Lanes.getLong(codes, codesOffset + i);
            if (code < 0 || code >= size) {
                throw new IndexOutOfBoundsException(
                        "CodebookEma: code " + code + " is outside the " + size + " rows 0 to " + (size - 1));
            }
        }
        UpdateKernel.scale(sums, sumsOffset, (float) decay, (long) size * d);
        UpdateKernel.scale(usage, usageOffset, (float) decay, size);
        float weight = (float) (1 - decay);
        for (int i = 0; i < n; i++) {
            long code = Lanes.getLong(codes, codesOffset + i);
            UpdateKernel.addRow(x, xOffset + (long) i * d, weight, sums, sumsOffset + code * d, d);
            Lanes.set(usage, usageOffset + code, Lanes.get(usage, usageOffset + code) + weight);
        }
    }
}
