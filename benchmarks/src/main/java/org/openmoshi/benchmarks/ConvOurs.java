package org.openmoshi.benchmarks;

import org.openmoshi.tensor.ComputeOp;
import org.openmoshi.tensor.ComputeOp.Conv1d;
import org.openmoshi.tensor.ComputeOp.ConvTranspose1d;
import org.openmoshi.tensor.Engine;
import org.openmoshi.tensor.Tensor;

/** A convolution layer on this project's side. */
@SuppressWarnings("NullAway.Init") // set up by each family
public abstract class ConvOurs extends OursState {
    private ComputeOp conv;
    private Tensor x;
    private Tensor w;
    private Tensor b;

    /** Makes the operands of a layer. */
    void open(ConvShape shape) {
        conv = shape.transposed()
                ? new ConvTranspose1d(shape.stride(), 0, 0, 1, shape.groups())
                : new Conv1d(shape.stride(), 0, 0, 1, shape.groups());
        x = leaf(1, shape.in(), shape.length());
        w = leaf(shape.weight());
        b = leaf(shape.out());
        drawOutputGradient(1, shape.out(), shape.outputLength());
    }

    @Override
    Tensor forward() {
        return Engine.run(conv, x, w, b);
    }
}
