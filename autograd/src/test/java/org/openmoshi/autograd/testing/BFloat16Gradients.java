package org.openmoshi.autograd.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.openmoshi.autograd.Tape;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.ComputeOp;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Engine;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.testing.OpCase;
import org.openmoshi.tensor.testing.OpCases;
import org.openmoshi.tensor.testing.OpInput;

/**
 * Gradients of products in bfloat16 against those in float32 of the same numbers: finite differences would only see the
 * rounding.
 */
final class BFloat16Gradients {
    /** Several roundings to 8 bits one after the other. */
    private static final double TOLERANCE = 2e-2;

    private BFloat16Gradients() {}

    static Stream<DynamicTest> of(Backend backend) {
        return OpCases.all().stream()
                .filter(c -> c.dtypes().contains(DType.BF16) && isProduct(c))
                .map(c -> dynamicTest(backend.name() + " BF16 " + c, () -> check(c, backend)));
    }

    private static boolean isProduct(OpCase opCase) {
        return opCase.op() instanceof ComputeOp.MatMul
                || opCase.op() instanceof ComputeOp.Linear
                || opCase.op() instanceof ComputeOp.Attention;
    }

    private static void check(OpCase opCase, Backend backend) {
        List<double[]> expected = gradients(opCase, backend, DType.F32);
        List<double[]> actual = gradients(opCase, backend, DType.BF16);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(error(actual.get(i), expected.get(i)))
                    .as("gradient of input %d", i)
                    .isLessThanOrEqualTo(TOLERANCE);
        }
    }

    /** Gradients with respect to the bases of all inputs, whose values are bfloat16 numbers in either type. */
    private static List<double[]> gradients(OpCase opCase, Backend backend, DType dtype) {
        try (Scope _ = Scope.open();
                Tape tape = Tape.open()) {
            List<Tensor> bases = new ArrayList<>();
            Tensor[] inputs = new Tensor[opCase.inputs().size()];
            for (int i = 0; i < inputs.length; i++) {
                OpInput input = opCase.inputs().get(i);
                double[] values = input.baseValues(opCase.seed(i));
                Tensor base = rounded(values, backend, dtype, input.baseShape().toArray());
                bases.add(tape.watch(base));
                inputs[i] = input.view(base);
            }
            Tensor result = Engine.run(opCase.op(), inputs);
            long[] shape = result.shape().toArray();
            double[] gradient = OpInput.of(shape).baseValues(1);
            tape.backward(new Tensor[] {result}, rounded(gradient, backend, dtype, shape));
            return bases.stream()
                    .map(base -> Objects.requireNonNull(tape.gradient(base)).toDoubles())
                    .toList();
        }
    }

    private static Tensor rounded(double[] values, Backend backend, DType dtype, long... shape) {
        return Tensor.of(values, shape).to(backend).cast(DType.BF16).cast(dtype);
    }

    private static double error(double[] actual, double[] expected) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            difference += (actual[i] - expected[i]) * (actual[i] - expected[i]);
            norm += expected[i] * expected[i];
        }
        return difference == 0 ? 0 : Math.sqrt(difference / norm);
    }
}
