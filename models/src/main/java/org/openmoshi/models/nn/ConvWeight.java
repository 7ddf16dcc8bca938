package org.openmoshi.models.nn;

import org.jspecify.annotations.Nullable;
import org.openmoshi.autograd.Parameter;
import org.openmoshi.tensor.Functions;
import org.openmoshi.tensor.Tensor;

/**
 * The weight of a convolution: either a parameter of its own, or g v / |v| of two (weight norm, Salimans and Kingma
 * 2016), the norm over all axes but the first.
 */
public final class ConvWeight {
    private final Parameter direct;
    private final @Nullable Parameter gain;

    /** Registers {@code weight}, or {@code weight_g} and {@code weight_v}. */
    public ConvWeight(ModulePath at, boolean weightNorm, Init init, long... shape) {
        if (weightNorm) {
            StateDict.WeightNorm pair = at.weightNorm("weight", init, shape);
            gain = pair.g();
            direct = pair.v();
        } else {
            gain = null;
            direct = at.param("weight", init, shape);
        }
    }

    /** The weight; under weight norm a new tensor of the current scope. */
    public Tensor value() {
        return gain == null ? direct.value() : Functions.weightNorm(direct.value(), gain.value());
    }
}
