package org.openmoshi.tensor.device;

import org.openmoshi.tensor.InPlaceOp.CodebookEma;

/** Vector quantization. */
final class Codebooks {
    private Codebooks() {}

    static void nearestCode(Work work) {
        throw new UnsupportedOperationException("nearestCode");
    }

    static void ema(CodebookEma op, Work work) {
        throw new UnsupportedOperationException("ema");
    }
}
