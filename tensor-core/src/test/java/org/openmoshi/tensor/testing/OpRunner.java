package org.openmoshi.tensor.testing;

import static org.assertj.core.api.Assertions.assertThat;

import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.ComputeOp;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Engine;
import org.openmoshi.tensor.InPlaceOp;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;

/** Runs a case on a backend. */
public final class OpRunner {
    private static final int GUARD = 64;
    private static final double SENTINEL = 1; // representable in every type, also in bool

    private OpRunner() {}

    /** The outputs of a case, or what an operation in place has written. Call inside a scope. */
    public static Tensor[] run(OpCase opCase, Backend reference, Backend backend, DType dtype) {
        Tensor[] inputs = opCase.inputs(reference, backend, dtype);
        if (opCase.op() instanceof InPlaceOp op) {
            Engine.runInPlace(op, inputs);
            return java.util.Arrays.copyOf(inputs, op.written());
        }
        return inputs.length == 0
                ? new Tensor[] {Engine.create(backend, (ComputeOp) opCase.op())}
                : Engine.runAll(opCase.op(), inputs);
    }

    /**
     * Runs an operation again into memory between guard bands.
     *
     * @throws AssertionError when a guard changed, an element was not written, or the bits differ from the first run
     */
    public static void checkGuarded(OpCase opCase, Backend reference, Backend backend, DType dtype, Tensor... first) {
        Tensor[] inputs = opCase.inputs(reference, backend, dtype);
        Tensor[] outputs = new Tensor[first.length];
        Tensor[] buffers = new Tensor[first.length];
        for (int i = 0; i < first.length; i++) {
            Shape padded = Shape.of(first[i].size() + 2L * GUARD);
            buffers[i] = Tensor.full(backend, first[i].dtype(), SENTINEL, padded);
            outputs[i] = buffers[i].slice(0, GUARD, GUARD + first[i].size()).reshape(first[i].shape());
        }
        backend.run(opCase.op(), inputs, outputs);
        for (int i = 0; i < first.length; i++) {
            assertThat(guards(buffers[i]))
                    .as("%s: guards of output %d", opCase, i)
                    .containsOnly(SENTINEL);
            assertThat(outputs[i].toDoubles())
                    .as("%s: second run, output %d", opCase, i)
                    .isEqualTo(first[i].toDoubles());
        }
    }

    private static double[] guards(Tensor buffer) {
        Tensor before = buffer.slice(0, 0, GUARD);
        Tensor after = buffer.slice(0, buffer.size() - GUARD, buffer.size());
        return Tensor.concat(0, before, after).toDoubles();
    }

    /**
     * The relative L2 error of finite elements; infinite when a shape, type, integer, NaN or infinity differs.
     */
    public static double error(Tensor actual, Tensor expected) {
        if (!actual.shape().equals(expected.shape()) || actual.dtype() != expected.dtype()) {
            return Double.POSITIVE_INFINITY;
        }
        double[] a = actual.toDoubles();
        double[] b = expected.toDoubles();
        boolean exact = !expected.dtype().isDifferentiable();
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < b.length; i++) {
            if (Double.isFinite(a[i]) && Double.isFinite(b[i]) && !exact) {
                difference += (a[i] - b[i]) * (a[i] - b[i]);
                norm += b[i] * b[i];
            } else if (a[i] != b[i] && !(Double.isNaN(a[i]) && Double.isNaN(b[i]))) {
                return Double.POSITIVE_INFINITY;
            }
        }
        return difference == 0 ? 0 : Math.sqrt(difference / norm);
    }
}
