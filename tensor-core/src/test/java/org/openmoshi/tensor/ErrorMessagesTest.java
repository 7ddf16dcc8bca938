package org.openmoshi.tensor;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openmoshi.tensor.ComputeOp.AttentionGrad;
import org.openmoshi.tensor.ComputeOp.Conv1d;
import org.openmoshi.tensor.ComputeOp.Conv1dGradInput;
import org.openmoshi.tensor.ComputeOp.Conv1dGradWeight;
import org.openmoshi.tensor.ComputeOp.Conv2d;
import org.openmoshi.tensor.ComputeOp.Conv2dGradInput;
import org.openmoshi.tensor.ComputeOp.Conv2dGradWeight;
import org.openmoshi.tensor.ComputeOp.CrossEntropyGrad;
import org.openmoshi.tensor.ComputeOp.EmbeddingGrad;
import org.openmoshi.tensor.ComputeOp.GroupNormGrad;
import org.openmoshi.tensor.ComputeOp.LayerNormGrad;
import org.openmoshi.tensor.ComputeOp.PadGrad;
import org.openmoshi.tensor.ComputeOp.PadMode;
import org.openmoshi.tensor.ComputeOp.RmsNormGrad;
import org.openmoshi.tensor.ComputeOp.StftGrad;
import org.openmoshi.tensor.ComputeOp.WeightNormGrad;
import org.openmoshi.tensor.testing.LeakExtension;

/** Errors name the operation, what did not fit and both shapes. */
@ExtendWith(LeakExtension.class)
class ErrorMessagesTest {
    private Scope scope;
    private Tensor x;

    @BeforeEach
    void open() {
        scope = Scope.open();
        x = Tensor.zeros(DType.F32, 2, 3);
    }

    @AfterEach
    void close() {
        scope.close();
    }

    private static void refused(ThrowingCallable call, String... parts) {
        var error = assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class);
        for (String part : parts) {
            error.hasMessageContaining(part);
        }
    }

    @Test
    void shapesThatDoNotFitAreNamed() {
        Tensor y = Tensor.zeros(DType.F32, 4, 2);
        refused(() -> x.add(y), "add", "[2, 3]", "[4, 2]");
        refused(() -> x.matmul(y), "MatMul", "[2, 3]", "[4, 2]");
        refused(() -> x.linear(y), "Linear", "[2, 3]", "[4, 2]");
        refused(() -> Tensor.concat(0, x, y), "Concat", "[2, 3]", "[4, 2]", "axis 0");
        refused(() -> x.reshape(4), "Reshape", "[2, 3]", "[4]");
        refused(() -> x.expand(3, 3), "Expand", "[2, 3]", "[3, 3]");
        refused(() -> x.slice(1, 2, 5), "Slice", "axis 1", "[2, 3]");
        refused(() -> x.permute(0, 0), "axis 0", "twice", "[2, 3]");
        refused(() -> x.sum(2), "axis 2", "[2, 3]");
        refused(() -> x.copyFrom_(y), "CopyInto", "[2, 3]", "[4, 2]");
        refused(() -> x.add_(y, 1), "AddInto", "[2, 3]", "[4, 2]");
        refused(() -> x.pad(PadMode.REFLECT, 1, 3, 0, 0), "Pad", "reflects 3", "axis of 3");
        refused(() -> Functions.layerNorm(x, y, y, 1e-5), "LayerNorm", "vector of 3", "[4, 2]");
        refused(() -> x.topK(4), "TopK", "k = 4", "[2, 3]");
        refused(() -> Tensor.of(new float[5], 2, 3), "5 values", "[2, 3]");
    }

    @Test
    void gradientsCheckTheirShapesToo() {
        Tensor g = Tensor.zeros(DType.F32, 2, 4, 6);
        Tensor row = Tensor.zeros(DType.F32, 3);
        Tensor index = Tensor.zeros(DType.I64, 5);
        Conv1d conv1d = new Conv1d(1, 0, 0, 1, 1);
        Conv2d conv2d = new Conv2d(1, 1, 0, 0, 1, 1, 1);
        Tensor image = Tensor.zeros(DType.F32, 1, 2, 4, 4);
        refused(() -> Engine.run(new PadGrad(PadMode.REPLICATE, 1, 2, 2), x), "PadGrad", "[2, 3]");
        refused(() -> Engine.run(new EmbeddingGrad(9), x, index), "EmbeddingGrad", "[2, 3]", "[5]");
        refused(() -> Engine.run(new Conv1dGradInput(conv1d, 9), g, g), "Conv1dGradInput", "[2, 4, 6]");
        refused(() -> Engine.run(new Conv1dGradWeight(conv1d, 3), g, g), "Conv1dGradWeight", "does not give 6");
        refused(() -> Engine.run(new Conv2dGradInput(conv2d, 9, 9), image, image), "Conv2dGradInput");
        refused(() -> Engine.run(new Conv2dGradWeight(conv2d, 3, 1), image, image), "does not give 4");
        refused(() -> Engine.run(new CrossEntropyGrad(), row, x, index, row), "CrossEntropyGrad", "vector of 2");
        refused(() -> Engine.runAll(new LayerNormGrad(), x, x, row, row, row), "LayerNormGrad", "[3], not [2]");
        refused(() -> Engine.runAll(new RmsNormGrad(), g, x, row, row), "RmsNormGrad", "[2, 4, 6]", "[2, 3]");
        refused(() -> Engine.runAll(new GroupNormGrad(2), g, g, row, row, row), "GroupNormGrad", "vector of 4");
        refused(() -> Engine.runAll(new WeightNormGrad(), x, x, row), "WeightNormGrad", "[3]", "[2, 3]");
        refused(() -> Engine.runAll(new AttentionGrad(true, 0, 1), g, image, image, image, image, g), "[2, 4, 6]");
        refused(() -> Engine.run(new StftGrad(8, 2, 16), image, row), "StftGrad", "[1, 2, 4, 4]", "16 samples");
    }

    @Test
    void convolutionsNameInputAndWeight() {
        Tensor signal = Tensor.zeros(DType.F32, 1, 4, 5);
        Tensor weight = Tensor.zeros(DType.F32, 6, 3, 7);
        Tensor wide = Tensor.zeros(DType.F32, 6, 4, 7);
        refused(
                () -> Functions.conv1d(signal, weight, null, 1, 0, 0, 1, 1),
                "Conv1d",
                "[1, 4, 5]",
                "[6, 3, 7]",
                "1 groups");
        refused(() -> Functions.conv1d(signal, wide, null, 1, 0, 0, 1, 1), "Conv1d", "[1, 4, 5]", "span of 7");
        refused(
                () -> Functions.convTranspose1d(signal, weight, null, 1, 0, 0, 1, 1),
                "ConvTranspose1d",
                "[1, 4, 5]",
                "[6, 3, 7]");
        refused(() -> Functions.attention(signal, signal, signal, true, 0, 1), "Attention", "rank 4", "[1, 4, 5]");
        refused(() -> Functions.stft(x, Tensor.zeros(DType.F32, 8), 8, 2), "Stft", "[2, 3]", "frame of 8");
    }

    @Test
    void typesThatDoNotFitAreNamed() {
        Tensor integers = Tensor.zeros(DType.I64, 2, 3);
        refused(() -> x.add(integers), "add", "F32", "I64");
        refused(integers::exp, "exp", "I64", "cast first");
        refused(() -> integers.mul(0.5), "affine", "I64");
        refused(() -> integers.mean(), "mean", "I64");
        refused(() -> integers.matmul(integers.transpose(0, 1)), "MatMul", "I64");
        refused(() -> x.cast(DType.BF16).mul(x.cast(DType.BF16)), "mul", "BF16", "cast first");
        refused(() -> x.cast(DType.F16).matmul(x.cast(DType.F16).transpose(0, 1)), "MatMul", "BF16", "F16");
        refused(() -> x.gather(0, x), "Gather", "int64", "F32");
        refused(() -> x.where(x, x), "Where", "bool", "F32");
        Tensor weight = Tensor.zeros(DType.F64, 3);
        refused(() -> Functions.rmsNorm(x, weight, 1e-5), "RmsNorm", "F32", "F64");
    }

    @Test
    void indicesOutOfRangeAreNamedWithTheirBound() {
        Tensor bad = Tensor.of(new long[] {0, 7}, 2);
        for (ThrowingCallable call : new ThrowingCallable[] {
            () -> x.indexSelect(1, bad),
            () -> x.embedding(bad),
            () -> x.gather(0, bad.unsqueeze(1).expand(2, 3)),
            () -> bad.oneHot(3, DType.F32),
            () -> Functions.crossEntropy(x, bad, null),
        }) {
            assertThatThrownBy(call)
                    .isInstanceOf(IndexOutOfBoundsException.class)
                    .hasMessageContaining("index 7")
                    .hasMessageContaining("positions");
        }
        Tensor negative = Tensor.of(new long[] {-1}, 1);
        assertThatThrownBy(() -> x.indexSelect(1, negative)).hasMessageContaining("IndexSelect: index -1");
    }

    @Test
    void writesToExpandedViewsAreRefused() {
        refused(() -> Tensor.zeros(DType.F32, 1).expand(4).fill_(1), "Fill", "expanded", "[4]");
    }

    @Test
    void unknownBackendsAreAnErrorThatNamesTheKnown() {
        refused(() -> Backends.named("gpu"), "'gpu'", "cpu", "cpu-scalar");
        refused(() -> Backends.named("cpu:3"), "cpu:3", "1 cpu devices");
        refused(() -> Backends.named("cpu:x"), "device number");
        Tensor other = x.to(Backends.named("cpu-scalar"));
        refused(() -> x.add(other), "add", "cpu-scalar", "to(backend)");
    }
}
