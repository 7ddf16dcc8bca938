package org.openmoshi.autograd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.testing.LeakExtension;
import org.openmoshi.tensor.testing.OpCase;
import org.openmoshi.tensor.testing.OpCases;
import org.openmoshi.tensor.testing.OpInput;

/** The gradient of every differentiable case against finite differences in float64. */
@ExtendWith(LeakExtension.class)
class OperationGradientsTest {
    private static final double TOLERANCE = 1e-6;

    @TestFactory
    Stream<DynamicTest> gradientsAgreeWithFiniteDifferences() {
        return OpCases.all().stream()
                .filter(OpCase::differentiable)
                .map(opCase -> dynamicTest(opCase.name(), () -> check(opCase)));
    }

    private static void check(OpCase opCase) {
        List<OpInput> inputs = opCase.inputs();
        int[] varied = IntStream.range(0, inputs.size())
                .filter(i -> !inputs.get(i).constant())
                .toArray();
        double[][] values = new double[varied.length][];
        Shape[] shapes = new Shape[varied.length];
        for (int i = 0; i < varied.length; i++) {
            values[i] = inputs.get(varied[i]).baseValues(opCase.seed(varied[i]));
            shapes[i] = inputs.get(varied[i]).baseShape();
        }
        assertThat(GradientCheck.worstError(opCase::apply, values, shapes))
                .as(opCase.name())
                .isLessThan(TOLERANCE);
    }
}
