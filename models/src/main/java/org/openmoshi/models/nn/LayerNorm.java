package org.openmoshi.models.nn;

import org.openmoshi.autograd.Parameter;
import org.openmoshi.tensor.Functions;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/** Layer norm of the last axis (Ba et al. 2016) with {@code weight} from 1 and {@code bias} from 0. */
public final class LayerNorm implements Layer {
    private static final double EPSILON = 1e-5;

    private final Parameter weight;
    private final Parameter bias;
    private final double epsilon;

    /** Registers the parameters; epsilon is 1e-5. */
    public LayerNorm(ModulePath at, long features) {
        this(at, features, EPSILON);
    }

    /** Registers the parameters. */
    public LayerNorm(ModulePath at, long features, double epsilon) {
        this.epsilon = epsilon;
        weight = at.param("weight", Init.constant(1), features);
        bias = at.param("bias", Init.constant(0), features);
    }

    /** x: [..., features], same shape out. */
    @Override
    public Tensor forward(Tensor x) {
        try (Scope scope = Scope.open()) {
            return scope.keep(Functions.layerNorm(x, weight.value(), bias.value(), epsilon));
        }
    }
}
