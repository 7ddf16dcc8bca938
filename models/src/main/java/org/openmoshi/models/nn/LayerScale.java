package org.openmoshi.models.nn;

import org.openmoshi.autograd.Parameter;
import org.openmoshi.tensor.Tensor;

/** A learnt factor per channel on a residual branch (Touvron et al. 2021): parameter {@code scale} [features]. */
public final class LayerScale {
    private final Parameter scale;

    /** Registers the parameter; a small start lets a deep network begin as almost the identity. */
    public LayerScale(ModulePath at, long features, double start) {
        scale = at.param("scale", Init.constant(start), features);
    }

    /** x: [..., features], same shape out. */
    public Tensor forward(Tensor x) {
        return x.mul(scale.value());
    }
}
