package org.openmoshi.autograd;

import org.openmoshi.tensor.Tensor;

/** A block whose activations are computed again in the backward pass instead of being kept (Chen et al. 2016). */
@FunctionalInterface
public interface Checkpoint {
    /** The block; it must depend on its arguments, on parameters and on nothing that changes before backward. */
    Tensor[] run(Tensor... inputs);
}
