package org.openmoshi.tensor.device;

import org.openmoshi.tensor.ComputeOp.Sort;

/** Sorting along the last axis. */
final class Sorting {
    private Sorting() {}

    static void topK(Work work) {
        throw new UnsupportedOperationException("topK");
    }

    static void sort(Sort op, Work work) {
        throw new UnsupportedOperationException("sort");
    }
}
