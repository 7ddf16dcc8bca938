package org.openmoshi.models.nn;

import org.openmoshi.autograd.Parameter;
import org.openmoshi.tensor.Functions;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/** RMS norm of the last axis (Zhang and Sennrich 2019): parameter {@code alpha} [1, 1, features] from 1. */
public final class RmsNorm implements Layer {
    private final Parameter alpha;
    private final double epsilon;

    /** Registers the parameter. */
    public RmsNorm(ModulePath at, long features, double epsilon) {
        alpha = at.param("alpha", Init.constant(1), 1, 1, features);
        this.epsilon = epsilon;
    }

    /** x: [..., features], same shape out. */
    @Override
    public Tensor forward(Tensor x) {
        try (Scope scope = Scope.open()) {
            return scope.keep(Functions.rmsNorm(x, alpha.value().reshape(-1), epsilon));
        }
    }
}
