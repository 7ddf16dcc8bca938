package org.openmoshi.tensor.cpu.vector;

/**
 * How a reduction walks over a strided operand: its dimensions in two groups, kept and reduced, apart from the dense
 * one along which vectors run. Neighbours of one group that lie behind each other are merged.
 */
final class ReduceLayout {
    private final int denseDimension;
    private final int rank;
    private final long[] shape;
    private final long[] strides;
    private final boolean[] reduced;
    /** Strides of the contiguous output; 0 for a reduced dimension. */
    private final long[] outputStrides;

    private final long keptRows;
    private final long reducedRows;

    ReduceLayout(long[] fullShape, long[] fullStrides, boolean[] fullReduced) {
        int full = fullShape.length;
        shape = new long[full + 1];
        strides = new long[full + 1];
        reduced = new boolean[full + 1];
        int m = 0;
        for (int d = 0; d < full; d++) {
            if (fullShape[d] == 1) {
                continue;
            }
            if (m > 0 && reduced[m - 1] == fullReduced[d] && strides[m - 1] == fullStrides[d] * fullShape[d]) {
                shape[m - 1] *= fullShape[d];
                strides[m - 1] = fullStrides[d];
            } else {
                shape[m] = fullShape[d];
                strides[m] = fullStrides[d];
                reduced[m++] = fullReduced[d];
            }
        }
        int dense = -1;
        for (int d = 0; d < m; d++) {
            if (strides[d] == 1) {
                dense = d;
            }
        }
        if (dense < 0) {
            // No dimension is dense: one element of each row is.
            dense = m;
            shape[m] = 1;
            strides[m] = 1;
            reduced[m++] = true;
        }
        rank = m;
        denseDimension = dense;
        outputStrides = new long[m];
        long step = 1;
        long kept = 1;
        long gone = 1;
        for (int d = m - 1; d >= 0; d--) {
            if (!reduced[d]) {
                outputStrides[d] = step;
                step *= shape[d];
            }
            if (d != dense) {
                if (reduced[d]) {
                    gone *= shape[d];
                } else {
                    kept *= shape[d];
                }
            }
        }
        keptRows = kept;
        reducedRows = gone;
    }

    boolean denseIsReduced() {
        return reduced[denseDimension];
    }

    /** Length of the dense dimension. */
    long dense() {
        return shape[denseDimension];
    }

    /** Product of the kept dimensions but the dense one. */
    long keptRows() {
        return keptRows;
    }

    /** Product of the reduced dimensions but the dense one. */
    long reducedRows() {
        return reducedRows;
    }

    long outputs() {
        return denseIsReduced() ? keptRows : keptRows * dense();
    }

    /** Elements that make one output. */
    long count() {
        return denseIsReduced() ? reducedRows * dense() : reducedRows;
    }

    long keptStart(long row) {
        return start(row, false, strides);
    }

    long reducedStart(long row) {
        return start(row, true, strides);
    }

    /** The output position of a kept row. */
    long outputStart(long row) {
        return start(row, false, outputStrides);
    }

    /** The output's stride along the dense dimension. */
    long outputStep() {
        return outputStrides[denseDimension];
    }

    private long start(long row, boolean group, long[] steps) {
        long position = 0;
        for (int d = rank - 1; d >= 0; d--) {
            if (d != denseDimension && reduced[d] == group) {
                position += row % shape[d] * steps[d];
                row /= shape[d];
            }
        }
        return position;
    }
}
