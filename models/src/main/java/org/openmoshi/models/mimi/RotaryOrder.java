package org.openmoshi.models.mimi;

import org.openmoshi.tensor.Tensor;

/**
 * Two orders of the rows that rotary positions turn in pairs: neighbours, as Kyutai's attention has them, or halves of a
 * head, as Hugging Face's has. Only the projections to queries and keys differ; attention comes out the same.
 */
final class RotaryOrder {
    private RotaryOrder() {}

    /** Rows of each head from neighbouring pairs to halves: weight [features, in]. */
    static Tensor toHalves(Tensor weight, int numHeads) {
        return swap(weight, numHeads, -1, 2);
    }

    /** Rows of each head from halves to neighbouring pairs: weight [features, in]. */
    static Tensor toPairs(Tensor weight, int numHeads) {
        return swap(weight, numHeads, 2, -1);
    }

    private static Tensor swap(Tensor weight, int numHeads, int outer, int inner) {
        return weight.reshape(numHeads, outer, inner, weight.dim(1))
                .permute(0, 2, 1, 3)
                .reshape(weight.dim(0), weight.dim(1));
    }
}
