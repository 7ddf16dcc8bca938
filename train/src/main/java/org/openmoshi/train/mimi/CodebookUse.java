package org.openmoshi.train.mimi;

import java.util.Arrays;
import org.openmoshi.models.mimi.CodebookMetrics;

/** How evenly the codes of a book are used, from counts. */
public final class CodebookUse {
    private CodebookUse() {}

    /** Number of codes that occur. */
    public static int used(long[] counts) {
        int used = 0;
        for (long count : counts) {
            used += count > 0 ? 1 : 0;
        }
        return used;
    }

    /** Entropy of the codes divided by the logarithm of the book's size: 1 when all occur equally often. */
    public static double entropy(long[] counts) {
        return CodebookMetrics.entropy(Arrays.stream(counts).asDoubleStream().toArray());
    }
}
