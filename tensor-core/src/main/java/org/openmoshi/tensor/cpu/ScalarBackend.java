package org.openmoshi.tensor.cpu;

import org.openmoshi.tensor.ComputeOp;
import org.openmoshi.tensor.InPlaceOp;
import org.openmoshi.tensor.Op;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.ViewOp;

/**
 * The reference: every operation in plain loops that compute in double precision and round once on storing. It is the
 * oracle of all other backends, the float64 backend of gradient checks, and what computes when the Vector API is absent.
 */
final class ScalarBackend extends CpuBackend {
    private final String name;

    ScalarBackend(String name) {
        this.name = name;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String description() {
        return "scalar loops in double precision, one thread";
    }

    @Override
    public void run(Op op, Tensor[] inputs, Tensor[] outputs) {
        switch (op) {
            case ComputeOp compute -> throw new UnsupportedOperationException(compute.label());
            case InPlaceOp inPlace -> throw new UnsupportedOperationException(inPlace.label());
            case ViewOp view -> throw new IllegalArgumentException(view.label() + " is a view and computes nothing");
        }
    }
}
