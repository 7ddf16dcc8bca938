package org.openmoshi.models.nn;

import org.jspecify.annotations.Nullable;
import org.openmoshi.autograd.Parameter;
import org.openmoshi.tensor.Tensor;

/** y = x weight^T + bias: parameters {@code weight} [out, in] and, unless left out, {@code bias} [out]. */
public final class Linear {
    private final Parameter weight;
    private final @Nullable Parameter bias;

    /** Registers the parameters. */
    public Linear(ModulePath at, long inFeatures, long outFeatures, boolean hasBias) {
        weight = at.param("weight", Init.fanIn(inFeatures), outFeatures, inFeatures);
        bias = hasBias ? at.param("bias", Init.fanIn(inFeatures), outFeatures) : null;
    }

    /** x: [..., in] -> [..., out]. */
    public Tensor forward(Tensor x) {
        return bias == null ? x.linear(weight.value()) : x.linear(weight.value(), bias.value());
    }
}
