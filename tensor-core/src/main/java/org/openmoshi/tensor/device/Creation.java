package org.openmoshi.tensor.device;

import java.util.Locale;
import org.openmoshi.tensor.ComputeOp.Arange;
import org.openmoshi.tensor.ComputeOp.Random;

/** Numbers from nothing ({@code arange.h}, {@code philox.h}). */
final class Creation {
    private static final int PER_ITEM = 4;

    private Creation() {}

    static void arange(Arange op, Work work) {
        work.kernel("arange", op.dtype(), "arange")
                .dense(work.result(0))
                .real(op.start())
                .real(op.step())
                .integer(op.count())
                .elements(op.count());
    }

    static void random(Random op, Work work) {
        long count = op.shape().size();
        String entry = "random_" + op.distribution().name().toLowerCase(Locale.ROOT);
        work.kernel("philox", op.dtype(), entry)
                .dense(work.result(0))
                .integer(op.seed())
                .integer(op.offset())
                .real(op.a())
                .real(op.b())
                .integer(count)
                .elements(count == 0 ? 0 : count / PER_ITEM + 2); // the first and the last block may be cut
    }
}
