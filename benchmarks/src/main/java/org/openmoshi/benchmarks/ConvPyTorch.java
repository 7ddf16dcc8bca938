package org.openmoshi.benchmarks;

import ai.djl.ndarray.NDArray;
import org.openmoshi.benchmarks.pytorch.TorchScript;

/** The same layer on PyTorch's side. */
public abstract class ConvPyTorch extends PyTorchState {
    /** Compiles the layer and makes its operands. */
    void open(ConvShape shape) {
        String call = shape.transposed()
                ? "conv_transpose1d(x, w, b, [%d], [0], [0], %d)"
                : "conv1d(x, w, b, [%d], [0], [1], %d)";
        torch = TorchScript.compile("""
                def forward(self, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
                    return torch.%s

                def gradients(self, x: Tensor, w: Tensor, b: Tensor, g: Tensor) -> List[Tensor]:
                    return self.backward(self.forward(x, w, b), [x, w, b], g)
                """.formatted(call.formatted(shape.stride(), shape.groups())));
        NDArray x = leaf(1, shape.in(), shape.length());
        NDArray w = leaf(shape.weight());
        NDArray b = leaf(shape.out());
        NDArray g = normal(1, shape.out(), shape.outputLength());
        forward = torch.call("forward", x, w, b);
        gradients = torch.call("gradients", x, w, b, g);
    }
}
