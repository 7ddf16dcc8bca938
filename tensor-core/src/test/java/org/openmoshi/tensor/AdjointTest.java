package org.openmoshi.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openmoshi.tensor.ComputeOp.Conv1d;
import org.openmoshi.tensor.ComputeOp.Conv1dGradInput;
import org.openmoshi.tensor.ComputeOp.Conv1dGradWeight;
import org.openmoshi.tensor.ComputeOp.ConvTranspose1d;
import org.openmoshi.tensor.ComputeOp.PadMode;
import org.openmoshi.tensor.testing.LeakExtension;

/** For a linear A and its adjoint B, (A x) . y = x . (B y). */
@ExtendWith(LeakExtension.class)
class AdjointTest {
    private static final Generator RANDOM = new Generator(11);

    private static Tensor random(DType dtype, Shape shape) {
        return RANDOM.normal(dtype, 0, 1, shape.toArray());
    }

    private static void assertEqualProducts(Tensor a, Tensor b, Tensor c, Tensor d) {
        double tolerance = a.dtype() == DType.F64 ? 1e-11 : 2e-3;
        assertThat(a.mul(b).sum().item()).isCloseTo(c.mul(d).sum().item(), within(tolerance));
    }

    @TestFactory
    Stream<DynamicTest> convolutionsAndTheirGradients() {
        List<DynamicTest> tests = new ArrayList<>();
        for (DType dtype : List.of(DType.F32, DType.F64)) {
            for (int stride : new int[] {1, 2, 5}) {
                for (int groups : new int[] {1, 2, 4}) {
                    for (int dilation : new int[] {1, 3}) {
                        Conv1d op = new Conv1d(stride, 3, 2, dilation, groups);
                        tests.add(dynamicTest(dtype + " " + op, () -> conv(op, dtype)));
                    }
                }
            }
        }
        return tests.stream();
    }

    private static void conv(Conv1d op, DType dtype) {
        try (Scope _ = Scope.open()) {
            Tensor x = random(dtype, Shape.of(2, 4, 29));
            Tensor weight = random(dtype, Shape.of(8, 4 / op.groups(), 4));
            Tensor y = Engine.run(op, x, weight);
            Tensor g = random(dtype, y.shape());
            assertEqualProducts(y, g, x, Engine.run(new Conv1dGradInput(op, 29), g, weight));
            assertEqualProducts(y, g, weight, Engine.run(new Conv1dGradWeight(op, 4), g, x));
            // the transposed convolution of the same weight; what it makes beyond the last whole stride is trimmed
            long full = (y.dim(2) - 1) * op.stride() + op.dilation() * 3L + 1;
            int trimRight = (int) (full - op.padLeft() - 29);
            if (trimRight >= 0) {
                ConvTranspose1d adjoint =
                        new ConvTranspose1d(op.stride(), op.padLeft(), trimRight, op.dilation(), op.groups());
                assertEqualProducts(y, g, x, Engine.run(adjoint, g, weight));
            }
        }
    }

    @TestFactory
    Stream<DynamicTest> spectraAndPads() {
        return Stream.of(
                dynamicTest("stft", () -> {
                    try (Scope _ = Scope.open()) {
                        Tensor x = random(DType.F64, Shape.of(2, 40));
                        Tensor window = Functions.hannWindow(DType.F64, 12, true);
                        Tensor y = Functions.stft(x, window, 16, 5);
                        Tensor g = random(DType.F64, y.shape());
                        assertEqualProducts(y, g, x, Engine.run(new ComputeOp.StftGrad(16, 5, 40), g, window));
                    }
                }),
                dynamicTest("reflect", () -> pad(PadMode.REFLECT)),
                dynamicTest("replicate", () -> pad(PadMode.REPLICATE)));
    }

    private static void pad(PadMode mode) {
        try (Scope _ = Scope.open()) {
            Tensor x = random(DType.F64, Shape.of(3, 7, 2));
            Tensor y = x.pad(mode, 1, 4, 6, 0);
            Tensor g = random(DType.F64, y.shape());
            assertEqualProducts(y, g, x, Engine.run(new ComputeOp.PadGrad(mode, 1, 4, 6), g));
        }
    }
}
