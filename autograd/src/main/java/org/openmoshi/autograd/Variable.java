package org.openmoshi.autograd;

import org.jspecify.annotations.Nullable;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;

/** What the tape knows of one tensor on the way to a gradient. */
final class Variable {
    final Shape shape;
    final DType dtype;
    /** Set for a watched parameter: its gradient goes there. */
    final @Nullable Parameter parameter;
    /** True for a watched tensor, whose gradient stays until the tape closes. */
    final boolean leaf;

    @Nullable Tensor gradient;

    private boolean shared;

    Variable(Tensor tensor, @Nullable Parameter parameter, boolean leaf) {
        this.shape = tensor.shape();
        this.dtype = tensor.dtype();
        this.parameter = parameter;
        this.leaf = leaf;
    }

    /** Adds a contribution; the first is held as it is, since it may be another variable's gradient too. */
    void accumulate(Tensor delta) {
        Tensor present = gradient;
        if (parameter != null) {
            parameter.accumulate(delta);
        } else if (present == null) {
            gradient = delta.hold();
            shared = true;
        } else if (shared) {
            try (Scope _ = Scope.open()) {
                gradient = present.add(delta).hold();
            }
            present.close();
            shared = false;
        } else {
            present.add_(delta, 1);
        }
    }

    /** Adds a contribution to a slice of one axis; zeros elsewhere. */
    void accumulateSlice(int axis, long start, long length, long step, Tensor delta) {
        try (Scope _ = Scope.open()) {
            Tensor whole = gradient;
            if (parameter != null || (whole != null && shared)) {
                Tensor spread = Tensor.full(delta.backend(), dtype, 0, shape);
                spread.slice(axis, start, start + (length - 1) * step + 1, step).copyFrom_(delta);
                accumulate(spread);
                return;
            }
            if (whole == null) {
                whole = Tensor.full(delta.backend(), dtype, 0, shape).hold();
                gradient = whole;
                shared = false;
            }
            whole.slice(axis, start, start + (length - 1) * step + 1, step).add_(delta, 1);
        }
    }

    void clear() {
        if (gradient != null) {
            gradient.close();
            gradient = null;
        }
    }
}
