package org.openmoshi.tensor.device;

import org.openmoshi.tensor.ComputeOp.Arange;
import org.openmoshi.tensor.ComputeOp.Random;

/** Numbers from nothing. */
final class Creation {
    private Creation() {}

    static void arange(Arange op, Work work) {
        throw new UnsupportedOperationException("arange");
    }

    static void random(Random op, Work work) {
        throw new UnsupportedOperationException("random");
    }
}
