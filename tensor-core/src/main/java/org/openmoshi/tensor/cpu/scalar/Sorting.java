package org.openmoshi.tensor.cpu.scalar;

import java.util.Arrays;
import java.util.Comparator;

/** Sorting the last axis; a NaN counts as larger than every number. */
public final class Sorting {
    private Sorting() {}

    /** The first k of each sorted row with their positions; ties keep their order. */
    public static void sort(boolean descending, Operands t) {
        Cells x = t.in(0);
        Cells values = t.out(0);
        Cells indices = t.out(1);
        int n = x.shape().intDim(-1);
        int k = values.shape().intDim(-1);
        long rows = n == 0 ? 0 : x.size() / n;
        Integer[] order = new Integer[n];
        for (long row = 0; row < rows; row++) {
            long first = row * n;
            Comparator<Integer> ascending = (i, j) -> compare(x, first + i, first + j);
            Arrays.setAll(order, i -> i);
            Arrays.sort(order, descending ? ascending.reversed() : ascending);
            for (int i = 0; i < k; i++) {
                values.copy(row * k + i, x, first + order[i]);
                indices.setLong(row * k + i, order[i]);
            }
        }
    }

    private static int compare(Cells x, long i, long j) {
        if (x.isIntegral()) {
            return Long.compare(x.getLong(i), x.getLong(j));
        }
        double a = x.get(i);
        double b = x.get(j);
        return a == b ? 0 : Double.compare(a, b); // the two zeros are equal here
    }
}
