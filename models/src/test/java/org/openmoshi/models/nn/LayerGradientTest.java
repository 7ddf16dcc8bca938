package org.openmoshi.models.nn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.openmoshi.autograd.Parameter;
import org.openmoshi.autograd.Tape;
import org.openmoshi.tensor.ComputeOp.PadMode;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Generator;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.testing.LeakExtension;

/** Gradients of every layer, for its input and its parameters, against finite differences in float64. */
@ExtendWith(LeakExtension.class)
class LayerGradientTest {
    private static final double STEP = 1e-6;
    private static final TransformerConfig TRANSFORMER =
            new TransformerConfig(8, 2, 2, true, 0.3, 3, true, 10000, "none", "layer_norm", "rope", 6, 4, List.of(3));

    static Stream<Arguments> layers() {
        ConvOptions k3 = ConvOptions.kernel(3);
        ConvOptions k4s2 = ConvOptions.kernel(4).withStride(2);
        long[] channels = {2, 4, 7};
        long[] steps = {2, 5, 8};
        return Stream.of(
                layer("linear", at -> new Linear(at, 8, 3, true)::forward, steps),
                layer("linear without bias", at -> new Linear(at, 8, 3, false)::forward, steps),
                layer("layer norm", at -> new LayerNorm(at, 8)::forward, steps),
                layer("layer scale", at -> new LayerScale(at, 8, 0.3)::forward, steps),
                layer("conv", at -> new Conv1d(at, 4, 3, k3), channels),
                layer("dilated conv", at -> new Conv1d(at, 4, 3, k3.withDilation(2)), channels),
                layer("strided conv", at -> new Conv1d(at, 4, 3, k4s2), channels),
                layer("grouped conv", at -> new Conv1d(at, 4, 6, k3.withGroups(2)), channels),
                layer("weight-normed conv", at -> new Conv1d(at, 4, 3, k3.withWeightNorm(true)), channels),
                layer("replicating conv", at -> new Conv1d(at, 4, 3, k4s2.withPadMode(PadMode.REPLICATE)), channels),
                layer("transposed conv", at -> new ConvTranspose1d(at, 4, 3, k4s2), channels),
                layer(
                        "weight-normed transposed conv",
                        at -> new ConvTranspose1d(at, 4, 3, k4s2.withWeightNorm(true)),
                        channels),
                layer(
                        "depthwise transposed conv",
                        at -> new ConvTranspose1d(at, 4, 4, k4s2.withGroups(4).withoutBias()),
                        channels),
                layer("attention", at -> new Attention(at, TRANSFORMER)::forward, steps),
                layer("transformer layer", at -> new TransformerLayer(at, TRANSFORMER), steps),
                layer("projected transformer", at -> new ProjectedTransformer(at, TRANSFORMER), channels));
    }

    private static Arguments layer(String name, Function<ModulePath, Layer> make, long... input) {
        return Arguments.of(name, make, input);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("layers")
    void agreesWithFiniteDifferences(String name, Function<ModulePath, Layer> make, long[] input) {
        Generator random = new Generator(11);
        try (StateDict dict = StateDict.random(DType.F64, random);
                Scope _ = Scope.open()) {
            Layer layer = make.apply(dict.root());
            Tensor x = random.normal(DType.F64, 0, 1, input);
            for (Parameter parameter : dict.parameters()) {
                // away from ones and zeros, where terms hide
                Tensor value = parameter.value();
                value.add_(random.uniform(DType.F64, -0.2, 0.2, value.shape().toArray()), 1);
            }
            Tensor weights =
                    random.normal(DType.F64, 0, 1, layer.forward(x).shape().toArray());
            Tensor inputGradient;
            try (Tape tape = Tape.open()) {
                tape.watch(dict.parameters());
                tape.watch(x);
                tape.backward(layer.forward(x).mul(weights).sum());
                inputGradient = tape.gradient(x).copy();
            }
            assertThat(worstError(layer, x, x, weights, inputGradient))
                    .as("gradient of the input")
                    .isLessThan(1e-6);
            for (Parameter parameter : dict.parameters()) {
                assertThat(worstError(layer, x, parameter.value(), weights, parameter.gradient()))
                        .as("gradient of %s", parameter)
                        .isLessThan(1e-6);
            }
        }
    }

    private static double worstError(Layer layer, Tensor x, Tensor leaf, Tensor weights, Tensor gradient) {
        double[] values = leaf.toDoubles();
        double[] actual = gradient.toDoubles();
        double worst = 0;
        for (int i = 0; i < values.length; i++) {
            double start = values[i];
            double above = loss(layer, x, leaf, weights, values, i, start + STEP);
            double below = loss(layer, x, leaf, weights, values, i, start - STEP);
            values[i] = start;
            double difference = (above - below) / (2 * STEP);
            worst = Math.max(worst, Math.abs(actual[i] - difference) / Math.max(1, Math.abs(difference)));
        }
        try (Scope _ = Scope.open()) {
            leaf.copyFrom_(Tensor.of(values, leaf.shape().toArray()));
        }
        return worst;
    }

    private static double loss(
            Layer layer, Tensor x, Tensor leaf, Tensor weights, double[] values, int index, double value) {
        values[index] = value;
        try (Scope _ = Scope.open()) {
            leaf.copyFrom_(Tensor.of(values, leaf.shape().toArray()));
            return layer.forward(x).mul(weights).sum().item();
        }
    }
}
