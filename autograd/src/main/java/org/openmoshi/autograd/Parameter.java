package org.openmoshi.autograd;

import org.jspecify.annotations.Nullable;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/** A named trainable tensor that outlives every step, and the gradient that tapes accumulate for it. */
public final class Parameter implements AutoCloseable {
    private final String name;
    private final Tensor value;
    private @Nullable Tensor gradient;
    private boolean gradientIsShared;

    /** Takes over the value: the caller's handle may close with its scope. */
    public Parameter(String name, Tensor value) {
        this.name = name;
        this.value = value.hold();
    }

    /** The literal state-dict path, such as {@code encoder.model.0.conv.conv.weight}. */
    public String name() {
        return name;
    }

    /** The value; always the same tensor object, which optimizers change in place. */
    public Tensor value() {
        return value;
    }

    /** The accumulated gradient, or null when there was none since {@link #clearGradient}. */
    public @Nullable Tensor gradient() {
        return gradient;
    }

    /** Adds to the gradient. The first one is adopted without a copy, so it must not be written by others later. */
    public void accumulate(Tensor delta) {
        if (!delta.shape().equals(value.shape())) {
            throw new IllegalArgumentException(
                    "gradient of shape " + delta.shape() + " for parameter " + name + " of shape " + value.shape());
        }
        Tensor present = gradient;
        if (present == null) {
            try (Scope _ = Scope.open()) {
                gradient = delta.contiguous().hold();
            }
            gradientIsShared = true;
        } else if (gradientIsShared) {
            try (Scope _ = Scope.open()) {
                gradient = present.add(delta).hold();
            }
            present.close();
            gradientIsShared = false;
        } else {
            present.add_(delta, 1);
        }
    }

    /** Frees the gradient. */
    public void clearGradient() {
        if (gradient != null) {
            gradient.close();
            gradient = null;
        }
    }

    @Override
    public void close() {
        clearGradient();
        value.close();
    }

    @Override
    public String toString() {
        return name + value.shape();
    }
}
