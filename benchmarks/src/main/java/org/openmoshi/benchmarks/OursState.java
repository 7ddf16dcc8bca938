package org.openmoshi.benchmarks;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.infra.Blackhole;
import org.openmoshi.autograd.Tape;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/** A function of tensors on this project's side: its operands, made before anything is measured. */
public abstract class OursState {
    private final Operands operands = new Operands();
    private final List<Tensor> leaves = new ArrayList<>();
    private @Nullable Tensor outputGradient;

    /** Standard normal numbers. */
    Tensor normal(int... shape) {
        return Tensor.of(operands.next(shape), Operands.dims(shape));
    }

    /** Standard normal numbers that {@link #gradients} takes a gradient for. */
    Tensor leaf(int... shape) {
        Tensor leaf = normal(shape);
        leaves.add(leaf);
        return leaf;
    }

    /** Draws the gradient that {@link #gradients} starts from; it has the shape of the result. */
    void drawOutputGradient(int... shape) {
        outputGradient = normal(shape);
    }

    /** The function. */
    abstract Tensor forward();

    /** The gradients of the leaves; they belong to the current scope. */
    Tensor[] gradients() {
        try (Tape tape = Tape.open()) {
            for (Tensor leaf : leaves) {
                tape.watch(leaf);
            }
            Tensor y = forward();
            if (outputGradient == null) {
                tape.backward(y);
            } else {
                tape.backward(new Tensor[] {y}, outputGradient);
            }
            Tensor[] gradients = new Tensor[leaves.size()];
            for (int i = 0; i < gradients.length; i++) {
                Tensor gradient = tape.gradient(leaves.get(i));
                if (gradient == null) {
                    throw new IllegalStateException("no gradient reached operand " + i);
                }
                gradients[i] = gradient.share();
            }
            return gradients;
        }
    }

    /** Measured: the function without a tape. */
    void forward(Blackhole blackhole) {
        try (Scope _ = Scope.open()) {
            blackhole.consume(forward());
        }
    }

    /** Measured: the function and all its gradients. */
    void forwardBackward(Blackhole blackhole) {
        try (Scope _ = Scope.open()) {
            blackhole.consume(gradients());
        }
    }
}
