package org.openmoshi.autograd.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.openmoshi.autograd.GradientCheck;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.Backends;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.testing.OpCase;
import org.openmoshi.tensor.testing.OpCases;
import org.openmoshi.tensor.testing.OpInput;

/** The gradient of every operation against finite differences in float64, on any backend. */
public final class GradientSuite {
    private static final double TOLERANCE = 1e-6;

    private GradientSuite() {}

    /** The cases that have gradients. */
    public static List<OpCase> cases() {
        return OpCases.all().stream().filter(OpCase::differentiable).toList();
    }

    /** One test per case, and one per product in bfloat16. */
    public static Stream<DynamicTest> gradients(Backend backend) {
        return Stream.concat(
                cases().stream().map(c -> dynamicTest(backend.name() + " " + c, () -> check(c, backend))),
                bfloat16(backend));
    }

    /** One test per product in bfloat16. */
    public static Stream<DynamicTest> bfloat16(Backend backend) {
        return BFloat16Gradients.of(backend);
    }

    private static void check(OpCase opCase, Backend backend) {
        List<OpInput> inputs = opCase.inputs();
        double[][] values = Stream.iterate(0, i -> i < inputs.size(), i -> i + 1)
                .filter(i -> !inputs.get(i).constant())
                .map(i -> inputs.get(i).baseValues(opCase.seed(i)))
                .toArray(double[][]::new);
        Shape[] shapes = inputs.stream()
                .filter(input -> !input.constant())
                .map(OpInput::baseShape)
                .toArray(Shape[]::new);
        Backend before = Backends.setDefault(backend);
        try {
            assertThat(GradientCheck.worstError(opCase::apply, values, shapes)).isLessThan(TOLERANCE);
        } finally {
            Backends.setDefault(before);
        }
    }
}
