package org.openmoshi.tensor.device;

import org.openmoshi.tensor.InPlaceOp.AdamStep;
import org.openmoshi.tensor.InPlaceOp.AddInto;
import org.openmoshi.tensor.InPlaceOp.LerpInto;
import org.openmoshi.tensor.InPlaceOp.ScaleInto;
import org.openmoshi.tensor.InPlaceOp.SgdStep;

/** Optimizer steps and other updates in place. */
final class Updates {
    private Updates() {}

    static void scale(ScaleInto op, Work work) {
        throw new UnsupportedOperationException("scale");
    }

    static void add(AddInto op, Work work) {
        throw new UnsupportedOperationException("add");
    }

    static void lerp(LerpInto op, Work work) {
        throw new UnsupportedOperationException("lerp");
    }

    static void adam(AdamStep op, Work work) {
        throw new UnsupportedOperationException("adam");
    }

    static void sgd(SgdStep op, Work work) {
        throw new UnsupportedOperationException("sgd");
    }
}
