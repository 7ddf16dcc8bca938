package org.openmoshi.models.nn;

import org.openmoshi.tensor.Tensor;

/** What maps one tensor to another: a module's {@code forward}, or a function such as {@code Tensor::elu}. */
@FunctionalInterface
public interface Layer {
    /** The result, a tensor of the current scope. */
    Tensor forward(Tensor x);

    /**
     * The same for the next steps of a stream. Here time comes before channels: x [B, T, C] -> [B, T', C']. A layer in
     * which a step depends on others keeps what it must remember in the state; the results are those of the whole signal,
     * however it is cut.
     */
    default Tensor forward(Tensor x, StreamState state) {
        return forward(x);
    }
}
