package org.openmoshi.autograd.optim;

import java.util.Collection;
import org.openmoshi.autograd.Parameter;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/** The Euclidean norm of all gradients together, and clipping by it (Pascanu et al. 2013). */
public final class GradientNorm {
    private GradientNorm() {}

    /** Norm over every parameter that has a gradient; NaN or infinite when a gradient is. */
    public static double of(Collection<Parameter> parameters) {
        double sum = 0;
        for (Parameter parameter : parameters) {
            Tensor gradient = parameter.gradient();
            if (gradient != null) {
                try (Scope _ = Scope.open()) {
                    double norm = gradient.norm().item();
                    sum += norm * norm;
                }
            }
        }
        return Math.sqrt(sum);
    }

    /** The factor, at most 1, that brings gradients of a norm down to {@code limit}; for {@link Optimizer#step}. */
    public static double clipScale(double norm, double limit) {
        return Math.min(1, limit / (norm + 1e-6));
    }
}
