package org.openmoshi.tensor.device;

import org.openmoshi.tensor.ComputeOp.GroupNorm;
import org.openmoshi.tensor.ComputeOp.GroupNormGrad;
import org.openmoshi.tensor.ComputeOp.LayerNorm;
import org.openmoshi.tensor.ComputeOp.RmsNorm;

/** Normalisations and their gradients. */
final class Norms {
    private Norms() {}

    static void layerNorm(LayerNorm op, Work work) {
        throw new UnsupportedOperationException("layerNorm");
    }

    static void layerNormGrad(Work work) {
        throw new UnsupportedOperationException("layerNormGrad");
    }

    static void rmsNorm(RmsNorm op, Work work) {
        throw new UnsupportedOperationException("rmsNorm");
    }

    static void rmsNormGrad(Work work) {
        throw new UnsupportedOperationException("rmsNormGrad");
    }

    static void groupNorm(GroupNorm op, Work work) {
        throw new UnsupportedOperationException("groupNorm");
    }

    static void groupNormGrad(GroupNormGrad op, Work work) {
        throw new UnsupportedOperationException("groupNormGrad");
    }

    static void weightNorm(Work work) {
        throw new UnsupportedOperationException("weightNorm");
    }

    static void weightNormGrad(Work work) {
        throw new UnsupportedOperationException("weightNormGrad");
    }
}
