package org.openmoshi.models.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openmoshi.tensor.ComputeOp.PadMode;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Generator;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.testing.LeakExtension;

@ExtendWith(LeakExtension.class)
class ConvolutionTest {
    private final Generator random = new Generator(4);

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "7, 1, 1", "3, 1, 4", "8, 4, 1", "4, 2, 3", "5, 5, 1"})
    void coversEveryStepAndSeesNoLaterOne(int kernel, int stride, int dilation) {
        ConvOptions options = ConvOptions.kernel(kernel).withStride(stride).withDilation(dilation);
        for (PadMode mode : new PadMode[] {PadMode.CONSTANT, PadMode.REPLICATE}) {
            try (StateDict dict = StateDict.random(DType.F64, random);
                    Scope _ = Scope.open()) {
                Conv1d conv = new Conv1d(dict.root(), 3, 2, options.withPadMode(mode));
                for (int steps = 1; steps < 20; steps++) {
                    Tensor x = random.normal(DType.F64, 0, 1, 1, 3, steps);
                    Tensor y = conv.forward(x);
                    int outputs = (steps + stride - 1) / stride;
                    assertThat(y.shape()).isEqualTo(Shape.of(1, 2, outputs));
                    int whole = steps / 2 / stride;
                    if (whole > 0) {
                        Tensor prefix = conv.forward(x.slice(2, 0, (long) whole * stride));
                        assertThat(prefix.toDoubles())
                                .containsExactly(y.slice(2, 0, whole).toDoubles());
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "4, 2", "16, 8", "5, 5", "7, 3"})
    void transposedGivesWholeStridesAndSeesNoLaterStep(int kernel, int stride) {
        try (StateDict dict = StateDict.random(DType.F64, random);
                Scope _ = Scope.open()) {
            ConvTranspose1d conv = new ConvTranspose1d(
                    dict.root(), 3, 2, ConvOptions.kernel(kernel).withStride(stride));
            Tensor x = random.normal(DType.F64, 0, 1, 2, 3, 9);
            Tensor y = conv.forward(x);
            assertThat(y.shape()).isEqualTo(Shape.of(2, 2, 9L * stride));
            assertThat(conv.forward(x.slice(2, 0, 4)).toDoubles())
                    .containsExactly(y.slice(2, 0, 4L * stride).toDoubles());
        }
    }

    @Test
    void refusesAStrideThatSkipsSamples() {
        try (StateDict dict = StateDict.random(DType.F32, random)) {
            ConvOptions options = ConvOptions.kernel(3).withStride(4);
            assertThatThrownBy(() -> new Conv1d(dict.root().sub("down"), 1, 1, options))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("down: stride 4 exceeds the span of kernel size 3");
            assertThatThrownBy(() -> new ConvTranspose1d(dict.root().sub("up"), 1, 1, options))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("up: stride 4");
        }
    }
}
