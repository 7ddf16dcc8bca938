package org.openmoshi.tensor.testing;

import java.util.Arrays;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.Backends;
import org.openmoshi.tensor.ComputeOp;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Engine;
import org.openmoshi.tensor.Execution;
import org.openmoshi.tensor.InPlaceOp;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;

/** Runs a case on a backend and compares it with the scalar reference. */
public final class OpRunner {
    private static final double FLOAT64_TOLERANCE = 1e-12;
    private static final int GUARD = 64;
    private static final double SMALLEST = 1e-30; // fast float32 functions lose their last digits below it

    private OpRunner() {}

    /**
     * Runs a case: its results must be the reference's within the case's tolerance, a second run must give the same
     * bits, and nothing outside the results may be written.
     *
     * @return the largest relative L2 error of a result
     * @throws AssertionError that says what differs
     */
    public static double verify(OpCase opCase, Backend backend, DType dtype) {
        Backend reference = Backends.named("cpu-scalar");
        try (Scope _ = Scope.open()) {
            Tensor[] expected = run(opCase, reference, reference, dtype);
            Tensor[] actual = run(opCase, reference, backend, dtype);
            double tolerance = dtype == DType.F64 ? FLOAT64_TOLERANCE : opCase.tolerance();
            double worst = 0;
            for (int i = 0; i < actual.length; i++) {
                double error = error(actual[i], expected[i], opCase.hasSpecialValues());
                if (!(error <= tolerance)) {
                    throw new AssertionError(String.format(
                            "%s%noutput %d is off by %.3g, more than %.3g%nis        %s%nshould be %s",
                            opCase, i, error, tolerance, actual[i], expected[i]));
                }
                worst = Math.max(worst, error);
            }
            if (opCase.op() instanceof ComputeOp) {
                verifyGuarded(opCase, reference, backend, dtype, actual);
            }
            return worst;
        }
    }

    /**
     * What a backend computes a case with.
     *
     * @throws UnsupportedOperationException when it does not have the operation
     */
    public static Execution execution(OpCase opCase, Backend backend, DType dtype) {
        Backend reference = Backends.named("cpu-scalar");
        try (Scope _ = Scope.open()) {
            Tensor[] results = run(opCase, reference, backend, dtype);
            Tensor[] inputs = opCase.inputs(reference, backend, dtype);
            return backend.run(opCase.op(), inputs, opCase.op() instanceof InPlaceOp ? new Tensor[0] : results);
        }
    }

    /** The outputs of a case, or what an operation in place has written. */
    private static Tensor[] run(OpCase opCase, Backend reference, Backend backend, DType dtype) {
        Tensor[] inputs = opCase.inputs(reference, backend, dtype);
        if (opCase.op() instanceof InPlaceOp op) {
            Engine.runInPlace(op, inputs);
            return Arrays.copyOf(inputs, op.written(inputs.length));
        }
        return inputs.length == 0
                ? new Tensor[] {Engine.create(backend, (ComputeOp) opCase.op())}
                : Engine.runAll(opCase.op(), inputs);
    }

    /** Runs an operation again, into memory between guard bands. */
    private static void verifyGuarded(OpCase opCase, Backend reference, Backend backend, DType dtype, Tensor... first) {
        Tensor[] inputs = opCase.inputs(reference, backend, dtype);
        Tensor[] outputs = new Tensor[first.length];
        Tensor[] buffers = new Tensor[first.length];
        for (int i = 0; i < first.length; i++) {
            Shape padded = Shape.of(first[i].size() + 2L * GUARD);
            buffers[i] = Tensor.full(backend, first[i].dtype(), sentinel(first[i].dtype()), padded);
            outputs[i] = buffers[i].slice(0, GUARD, GUARD + first[i].size()).reshape(first[i].shape());
        }
        backend.run(opCase.op(), inputs, outputs);
        for (int i = 0; i < first.length; i++) {
            for (double guard : guards(buffers[i])) {
                if (Double.compare(guard, sentinel(first[i].dtype())) != 0) {
                    throw new AssertionError(opCase + "\nwrites outside output " + i);
                }
            }
            if (!Arrays.equals(outputs[i].toDoubles(), first[i].toDoubles())) {
                throw new AssertionError(opCase + "\na second run gives other bits in output " + i);
            }
        }
    }

    /** What no kernel writes by chance, and what spoils a result that it is read into. */
    private static double sentinel(DType dtype) {
        return switch (dtype) {
            case F32, F64, BF16, F16 -> Double.NaN;
            case I32, I64 -> -0x5a5a5a5a;
            case BOOL -> 1;
        };
    }

    private static double[] guards(Tensor buffer) {
        Tensor before = buffer.slice(0, 0, GUARD);
        Tensor after = buffer.slice(0, buffer.size() - GUARD, buffer.size());
        return Tensor.concat(0, before, after).toDoubles();
    }

    /**
     * The relative error of finite elements: of all together (L2), or the largest of any; infinite when a shape, type,
     * integer, NaN or infinity differs.
     */
    private static double error(Tensor actual, Tensor expected, boolean oneByOne) {
        if (!actual.shape().equals(expected.shape()) || actual.dtype() != expected.dtype()) {
            return Double.POSITIVE_INFINITY;
        }
        double[] a = actual.toDoubles();
        double[] b = expected.toDoubles();
        boolean exact = !expected.dtype().isDifferentiable();
        double difference = 0;
        double norm = 0;
        double worst = 0;
        for (int i = 0; i < b.length; i++) {
            if (Double.isFinite(a[i]) && Double.isFinite(b[i]) && !exact) {
                difference += (a[i] - b[i]) * (a[i] - b[i]);
                norm += b[i] * b[i];
                worst = Math.max(worst, Math.abs(a[i] - b[i]) / Math.max(Math.abs(b[i]), SMALLEST));
            } else if (a[i] != b[i] && !(Double.isNaN(a[i]) && Double.isNaN(b[i]))) {
                return Double.POSITIVE_INFINITY;
            }
        }
        if (oneByOne) {
            return worst;
        }
        return difference == 0 ? 0 : Math.sqrt(difference / norm);
    }
}
