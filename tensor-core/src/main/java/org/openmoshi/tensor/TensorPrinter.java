package org.openmoshi.tensor;

import java.util.Locale;

/** Readable text of a tensor: header, then nested rows with at most three elements at each end of an axis. */
final class TensorPrinter {
    private static final int EDGE = 3;

    private TensorPrinter() {}

    static String print(Tensor x) {
        String header = x.dtype() + x.shape().toString() + " on " + x.backend().name();
        if (x.size() == 0) {
            return header + " (empty)";
        }
        StringBuilder text = new StringBuilder(header).append('\n');
        try (Scope _ = Scope.open()) {
            append(text, x, x.dtype().isInteger() || x.dtype() == DType.BOOL, 0);
        }
        return text.toString();
    }

    private static void append(StringBuilder text, Tensor x, boolean integer, int depth) {
        if (x.rank() == 0) {
            text.append(integer ? Long.toString((long) x.item()) : String.format(Locale.ROOT, "%.5g", x.item()));
            return;
        }
        text.append('[');
        long n = x.dim(0);
        for (long i = 0; i < n; i++) {
            if (n > 2 * EDGE && i == EDGE) {
                separate(text, x.rank(), depth).append("...");
                i = n - EDGE - 1;
                continue;
            }
            if (i > 0) {
                separate(text, x.rank(), depth);
            }
            ViewOp.Slice slice = new ViewOp.Slice(0, i, 1, 1);
            Tensor row = slice.view(x);
            long[] strides = new long[x.rank() - 1];
            System.arraycopy(row.strides(), 1, strides, 0, strides.length);
            append(text, row.view(row.shape().without(0), strides, row.offset()), integer, depth + 1);
        }
        text.append(']');
    }

    private static StringBuilder separate(StringBuilder text, int rank, int depth) {
        return rank == 1 ? text.append(", ") : text.append(",\n").append(" ".repeat(depth + 1));
    }
}
