package org.openmoshi.autograd;

import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Op;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.ViewOp;

/** One recorded operation: where gradients go, and the tensors that its rule will read. */
final class Node {
    final @Nullable Op op;
    /** Set instead of an operation for a block to be computed again. */
    final @Nullable Checkpoint checkpoint;

    final @Nullable Variable[] inputs;
    final Variable[] outputs;
    final Shape[] inputShapes;
    final @Nullable Tensor[] saved;
    private final int[] versions;
    private @Nullable Set<Variable> only;

    /** Saves the tensors of {@code all} (inputs, then outputs) whose bit is set in {@code mask}. */
    Node(
            @Nullable Op op,
            @Nullable Checkpoint checkpoint,
            @Nullable Variable[] inputs,
            Variable[] outputs,
            Tensor[] in,
            Tensor[] out,
            long mask) {
        this.op = op;
        this.checkpoint = checkpoint;
        this.inputs = inputs;
        this.outputs = outputs;
        this.inputShapes = new Shape[in.length];
        this.saved = new Tensor[in.length + out.length];
        this.versions = new int[saved.length];
        for (int i = 0; i < saved.length; i++) {
            Tensor tensor = i < in.length ? in[i] : out[i - in.length];
            if (i < in.length) {
                inputShapes[i] = tensor.shape();
            }
            if ((mask >>> i & 1) != 0) {
                saved[i] = tensor.hold();
                versions[i] = tensor.storage().version();
            }
        }
    }

    String label() {
        return op == null ? "Checkpoint" : op.label();
    }

    /** True when a gradient is wanted at an input. */
    boolean needs(int input) {
        Variable variable = inputs[input];
        return variable != null && (only == null || only.contains(variable));
    }

    /** Limits the next step to some variables; null lifts the limit. */
    void restrict(@Nullable Set<Variable> variables) {
        only = variables;
    }

    /** The gradient that arrived at the first output. */
    Tensor gradient() {
        for (int i = 1; i < outputs.length; i++) {
            if (outputs[i].gradient != null) {
                throw new UnsupportedOperationException(
                        label() + ": a gradient flows through its first output only, not through output " + i);
            }
        }
        return Objects.requireNonNull(outputs[0].gradient);
    }

    /** Adds to the gradient of an input, if one is wanted there. */
    void give(int input, Tensor delta) {
        Variable variable = inputs[input];
        if (variable != null && needs(input)) {
            variable.accumulate(delta);
        }
    }

    /** Adds to the gradient of what an input was before a slice was taken. */
    void giveSlice(int input, ViewOp.Slice slice, Tensor delta) {
        Variable variable = inputs[input];
        if (variable != null && needs(input) && slice.length() > 0) {
            variable.accumulateSlice(slice.axis(), slice.start(), slice.length(), slice.step(), delta);
        }
    }

    DType dtype(int input) {
        return Objects.requireNonNull(inputs[input]).dtype;
    }

    /** A saved input. */
    Tensor in(int i) {
        return unpack(i);
    }

    /** A saved output. */
    Tensor out(int i) {
        return unpack(inputShapes.length + i);
    }

    private Tensor unpack(int i) {
        Tensor tensor = saved[i];
        if (tensor == null) {
            throw new IllegalStateException(label() + ": tensor " + i + " was not saved for its gradient");
        }
        if (tensor.storage().version() != versions[i]) {
            throw new IllegalStateException(label() + ": a tensor of shape " + tensor.shape() + " that its gradient "
                    + "reads was changed in place after the operation; change a copy instead");
        }
        return tensor;
    }

    /** Frees what was saved. */
    void release() {
        for (int i = 0; i < saved.length; i++) {
            Tensor tensor = saved[i];
            if (tensor != null) {
                tensor.close();
                saved[i] = null;
            }
        }
    }

    /** Frees the gradients of the outputs except those of some variables. */
    void clearGradients(Set<Variable> except) {
        for (Variable output : outputs) {
            if (!output.leaf && !except.contains(output)) {
                output.clear();
            }
        }
    }
}
