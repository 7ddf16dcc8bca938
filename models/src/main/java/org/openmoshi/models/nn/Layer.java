package org.openmoshi.models.nn;

import org.openmoshi.tensor.Tensor;

/** What maps one tensor to another: a module's {@code forward}, or a function such as {@code Tensor::elu}. */
@FunctionalInterface
public interface Layer {
    /** The result, a tensor of the current scope. */
    Tensor forward(Tensor x);
}
