package org.openmoshi.autograd.optim;

import java.util.Collection;
import java.util.Objects;
import org.openmoshi.autograd.Parameter;
import org.openmoshi.tensor.ComputeOp.GlobalNorm;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Engine;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * The Euclidean norm of all gradients together, and clipping by it (Pascanu et al. 2013). Both are scalars that stay where
 * the gradients are; {@link Tensor#item} shows them to the host.
 */
public final class GradientNorm {
    private GradientNorm() {}

    /** F64 []: the norm over every parameter that has a gradient; NaN or infinite when a gradient is. */
    public static Tensor of(Collection<Parameter> parameters) {
        Tensor[] gradients = parameters.stream()
                .map(Parameter::gradient)
                .filter(Objects::nonNull)
                .toArray(Tensor[]::new);
        return gradients.length == 0 ? Tensor.full(DType.F64, 0) : Engine.run(new GlobalNorm(), gradients);
    }

    /**
     * F64 []: the factor, at most 1, that brings gradients of a norm down to {@code limit}; for {@link Optimizer#step(
     * Schedule, long, Tensor)}.
     */
    public static Tensor clipScale(Tensor norm, double limit) {
        try (Scope scope = Scope.open()) {
            return scope.keep(norm.add(1e-6).reciprocal().mul(limit).clamp(Double.NEGATIVE_INFINITY, 1));
        }
    }
}
