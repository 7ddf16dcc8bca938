package org.openmoshi.benchmarks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;
import org.openmoshi.benchmarks.pytorch.TorchScript;

/** The same function on PyTorch's side, under the names {@code forward} and {@code gradients}. */
@SuppressWarnings("NullAway.Init") // set up by each family
public abstract class PyTorchState {
    private final Operands operands = new Operands();

    TorchScript torch;
    NDList forward;
    NDList gradients;

    /** Frees everything that belongs to the function. */
    @TearDown
    public void close() {
        torch.close();
    }

    /** Standard normal numbers. */
    NDArray normal(int... shape) {
        return torch.copy(operands.next(shape), Operands.dims(shape));
    }

    /** Standard normal numbers that gradients can be taken for. */
    NDArray leaf(int... shape) {
        NDArray leaf = normal(shape);
        leaf.setRequiresGradient(true);
        return leaf;
    }

    /** Measured: the function as under {@code torch.inference_mode()}. */
    void forward(Blackhole blackhole) {
        try (NDList result = torch.infer(forward)) {
            blackhole.consume(result);
        }
    }

    /** Measured: the function and its gradients. */
    void forwardBackward(Blackhole blackhole) {
        try (NDList result = torch.train(gradients)) {
            blackhole.consume(result);
        }
    }
}
