package org.openmoshi.tensor.device;

import org.openmoshi.tensor.ComputeOp.Attention;
import org.openmoshi.tensor.ComputeOp.AttentionGrad;
import org.openmoshi.tensor.ComputeOp.Rope;

/** Attention, its gradient and rotary positions. */
final class Attentions {
    private Attentions() {}

    static void rope(Rope op, Work work) {
        throw new UnsupportedOperationException("rope");
    }

    static void attention(Attention op, Work work) {
        throw new UnsupportedOperationException("attention");
    }

    static void attentionGrad(AttentionGrad op, Work work) {
        throw new UnsupportedOperationException("attentionGrad");
    }
}
