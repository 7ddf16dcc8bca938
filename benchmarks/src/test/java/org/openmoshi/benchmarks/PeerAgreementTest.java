package org.openmoshi.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openmoshi.autograd.Parameter;
import org.openmoshi.models.discriminator.MsStftConfig;
import org.openmoshi.models.mimi.MimiConfig;
import org.openmoshi.models.nn.StateDict;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/** Both sides of a row compute the same from the same operands. Needs PyTorch: {@code ./openmoshi test -Ppeers}. */
class PeerAgreementTest {
    @BeforeAll
    static void needsPyTorch() {
        System.setProperty("ai.djl.offline", "true");
        assumeTrue(
                PeerAgreementTest.class.getResource("/native/lib/pytorch.properties") != null,
                "PyTorch's libraries are not on the class path (-Ppeers adds them)");
    }

    @Test
    void matMul() {
        MatMulBenchmark.Ours ours = new MatMulBenchmark.Ours();
        MatMulBenchmark.PyTorch pyTorch = new MatMulBenchmark.PyTorch();
        ours.open();
        pyTorch.open();
        assertForward(ours, pyTorch);
        pyTorch.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"512->512 k7 s1 T1006", "64->128 k8 s4 T48004", "32->64 k1 s1 T48000"})
    void conv1d(String notation) {
        Conv1dBenchmark.Layer layer = new Conv1dBenchmark.Layer();
        layer.notation = notation;
        Conv1dBenchmark.Ours ours = new Conv1dBenchmark.Ours();
        Conv1dBenchmark.PyTorch pyTorch = new Conv1dBenchmark.PyTorch();
        ours.open(layer);
        pyTorch.open(layer);
        assertAgree(ours, pyTorch);
    }

    @ParameterizedTest
    @ValueSource(strings = {"depthwise 512->512 k4 s2 T125", "1024->512 k16 s8 T50", "128->64 k8 s4 T12000"})
    void convTranspose1d(String notation) {
        ConvTranspose1dBenchmark.Layer layer = new ConvTranspose1dBenchmark.Layer();
        layer.notation = notation;
        ConvTranspose1dBenchmark.Ours ours = new ConvTranspose1dBenchmark.Ours();
        ConvTranspose1dBenchmark.PyTorch pyTorch = new ConvTranspose1dBenchmark.PyTorch();
        ours.open(layer);
        pyTorch.open(layer);
        assertAgree(ours, pyTorch);
    }

    @ParameterizedTest
    @ValueSource(strings = {"full", "causal"})
    void attention(String kind) {
        AttentionBenchmark.Mask mask = new AttentionBenchmark.Mask();
        mask.mask = kind;
        AttentionBenchmark.Ours ours = new AttentionBenchmark.Ours();
        AttentionBenchmark.PyTorch pyTorch = new AttentionBenchmark.PyTorch();
        ours.open(mask);
        pyTorch.open(mask);
        assertAgree(ours, pyTorch);
    }

    @Test
    void layerNorm() {
        LayerNormBenchmark.Ours ours = new LayerNormBenchmark.Ours();
        LayerNormBenchmark.PyTorch pyTorch = new LayerNormBenchmark.PyTorch();
        ours.open();
        pyTorch.open();
        assertAgree(ours, pyTorch);
    }

    @Test
    void gelu() {
        GeluBenchmark.Ours ours = new GeluBenchmark.Ours();
        GeluBenchmark.PyTorch pyTorch = new GeluBenchmark.PyTorch();
        ours.open();
        pyTorch.open();
        assertAgree(ours, pyTorch);
    }

    @Test
    void elu() {
        EluBenchmark.Ours ours = new EluBenchmark.Ours();
        EluBenchmark.PyTorch pyTorch = new EluBenchmark.PyTorch();
        ours.open();
        pyTorch.open();
        assertAgree(ours, pyTorch);
    }

    @Test
    void softmax() {
        SoftmaxBenchmark.Ours ours = new SoftmaxBenchmark.Ours();
        SoftmaxBenchmark.PyTorch pyTorch = new SoftmaxBenchmark.PyTorch();
        ours.open();
        pyTorch.open();
        assertAgree(ours, pyTorch);
    }

    @Test
    void codebook() {
        CodebookBenchmark.Ours ours = new CodebookBenchmark.Ours();
        CodebookBenchmark.PyTorch pyTorch = new CodebookBenchmark.PyTorch();
        ours.open();
        pyTorch.open();
        assertForward(ours, pyTorch);
        pyTorch.close();
    }

    @Test
    void adamW() {
        AdamWBenchmark.Ours ours = new AdamWBenchmark.Ours();
        AdamWBenchmark.PyTorch pyTorch = new AdamWBenchmark.PyTorch();
        ours.open();
        pyTorch.open();
        ours.step();
        pyTorch.torch.infer(pyTorch.forward).close();
        NDArray parameter = pyTorch.forward.get(1); // after the function's name
        assertClose("parameter", ours.parameters[0], parameter, 1e-6);
        pyTorch.close();
    }

    /** The codec of the benchmarks with smaller sizes: mimi.py has the strides and eight codebooks fixed. */
    @Test
    void mimi() {
        String json = MimiConfig.preset("tiny").toJson().replace("\"n_q\":4", "\"n_q\":8");
        MimiConfig config = MimiConfig.parse("tiny with 8 codebooks", json);
        MimiBenchmark.Ours ours = new MimiBenchmark.Ours();
        MimiBenchmark.PyTorch pyTorch = new MimiBenchmark.PyTorch();
        ours.config = config;
        pyTorch.config = config;
        ours.open();
        pyTorch.open();
        try (Scope _ = Scope.open()) {
            assertThat(ours.encode().toLongs())
                    .isEqualTo(pyTorch.torch.infer(pyTorch.encode).getFirst().toLongArray());
            NDArray decoded = pyTorch.torch.infer(pyTorch.decode).getFirst();
            assertClose("decoded", ours.decode(), decoded, 1e-5);
            NDList expected = pyTorch.torch.train(pyTorch.gradients); // loss, output, then gradients by name
            assertThat(ours.backward().item()).isCloseTo(expected.getFirst().getFloat(), withinPercentage(0.001));
            assertGradients(ours.mimi.stateDict(), expected, 2, 1e-4);
        }
        ours.close();
        pyTorch.close();
    }

    @Test
    void discriminator() {
        MsStftConfig config = MsStftConfig.of(4, List.of(256, 512, 128));
        DiscriminatorBenchmark.Ours ours = new DiscriminatorBenchmark.Ours();
        DiscriminatorBenchmark.PyTorch pyTorch = new DiscriminatorBenchmark.PyTorch();
        ours.config = config;
        pyTorch.config = config;
        ours.open();
        pyTorch.open();
        try (Scope _ = Scope.open()) {
            NDList expected = pyTorch.torch.train(pyTorch.gradients); // loss, then gradients by name
            assertThat(ours.backward().item()).isCloseTo(expected.getFirst().getFloat(), withinPercentage(0.001));
            // Untrained, it judges real and fake alike: the two halves of each gradient nearly cancel.
            assertGradients(ours.discriminator.stateDict(), expected, 1, 1e-3);
        }
        ours.close();
        pyTorch.close();
    }

    /** The gradients stand in the order of the names from a position on. */
    private static void assertGradients(StateDict dict, NDList expected, int first, double tolerance) {
        List<Parameter> parameters = dict.parameters().stream()
                .sorted(Comparator.comparing(Parameter::name))
                .toList();
        assertThat(expected).hasSize(first + parameters.size());
        for (int i = 0; i < parameters.size(); i++) {
            Parameter parameter = parameters.get(i);
            assertClose(parameter.name(), parameter.gradient(), expected.get(first + i), tolerance);
        }
    }

    private static void assertAgree(OursState ours, PyTorchState pyTorch) {
        assertForward(ours, pyTorch);
        try (Scope _ = Scope.open();
                NDList expected = pyTorch.torch.train(pyTorch.gradients)) {
            Tensor[] gradients = ours.gradients();
            assertThat(expected).hasSameSizeAs(gradients);
            for (int i = 0; i < gradients.length; i++) {
                assertClose("gradient " + i, gradients[i], expected.get(i), 1e-4);
            }
        }
        pyTorch.close();
    }

    private static void assertForward(OursState ours, PyTorchState pyTorch) {
        try (Scope _ = Scope.open();
                NDList expected = pyTorch.torch.infer(pyTorch.forward)) {
            assertClose("result", ours.forward(), expected.get(0), 1e-5);
        }
    }

    private static void assertClose(String what, Tensor actual, NDArray expected, double tolerance) {
        assertThat(actual.size()).as(what).isEqualTo(expected.size());
        double[] a = actual.toDoubles();
        NDArray wide = expected.toType(DataType.FLOAT64, false);
        double[] e = wide.toDoubleArray();
        wide.close();
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < a.length; i++) {
            difference += (a[i] - e[i]) * (a[i] - e[i]);
            norm += e[i] * e[i];
        }
        // Gradients that cancel out leave rounding only: below 1e-3 the error counts absolutely.
        assertThat(Math.sqrt(difference) / Math.max(Math.sqrt(norm), 1e-3))
                .as(what + ": relative L2 error")
                .isLessThan(tolerance);
    }
}
