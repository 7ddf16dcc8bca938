package org.openmoshi.tensor.device;

import org.openmoshi.tensor.ComputeOp.ArgReduce;
import org.openmoshi.tensor.ComputeOp.CumulativeSum;
import org.openmoshi.tensor.ComputeOp.Reduce;

/** Sums, extremes and running sums along axes. */
final class Reductions {
    private Reductions() {}

    static void reduce(Reduce op, Work work) {
        throw new UnsupportedOperationException("reduce");
    }

    static void argReduce(ArgReduce op, Work work) {
        throw new UnsupportedOperationException("argReduce");
    }

    static void cumulativeSum(CumulativeSum op, Work work) {
        throw new UnsupportedOperationException("cumulativeSum");
    }
}
