package org.openmoshi.tensor.cpu;

import jdk.incubator.vector.VectorShape;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Op;
import org.openmoshi.tensor.Tensor;

/**
 * The fast CPU backend: float32 kernels on the Vector API, everything else (float64, integers, rare operations) by
 * {@link ScalarBackend}'s loops.
 */
final class VectorBackend extends CpuBackend {
    private final ScalarBackend scalar = new ScalarBackend("cpu");

    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public String description() {
        return "Vector API kernels of " + VectorShape.preferredShape().vectorBitSize() + " bits, " + Parallel.threads()
                + " threads";
    }

    @Override
    public void run(Op op, Tensor[] inputs, Tensor[] outputs) {
        if (!vectorised(op, inputs, outputs)) {
            scalar.run(op, inputs, outputs);
        }
    }

    /** Runs the operation if there is a vector kernel for it and these types; false otherwise. */
    @SuppressWarnings("UnusedVariable") // op, until the first vector kernel is wired
    private boolean vectorised(Op op, Tensor[] inputs, Tensor[] outputs) {
        Tensor first = outputs.length > 0 ? outputs[0] : inputs[0];
        if (first.dtype() != DType.F32) {
            return false;
        }
        return false;
    }
}
