package org.openmoshi.models.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.openmoshi.models.checkpoint.CheckpointException;
import org.openmoshi.models.checkpoint.SafetensorsFile;
import org.openmoshi.models.checkpoint.SafetensorsWriter;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Generator;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.testing.LeakExtension;

@ExtendWith(LeakExtension.class)
class StateDictTest {
    private static final ConvOptions NORMED = ConvOptions.kernel(3).withWeightNorm(true);

    @TempDir
    Path folder;

    private static StateDict random(long seed) {
        return StateDict.random(DType.F32, new Generator(seed));
    }

    private Path save(Map<String, Tensor> tensors) throws CheckpointException {
        Path file = folder.resolve("weights.safetensors");
        SafetensorsWriter.write(file, tensors, Map.of());
        return file;
    }

    @Test
    void namesParametersByTheirPaths() {
        try (StateDict dict = random(1)) {
            ModulePath at = dict.root().sub("encoder").sub("layers").sub(3);
            new Linear(at.sub("linear1"), 4, 6, true);
            at.buffer("usage", 1, 5);
            assertThat(dict.tensors().keySet())
                    .containsExactly(
                            "encoder.layers.3.linear1.weight",
                            "encoder.layers.3.linear1.bias",
                            "encoder.layers.3.usage");
            assertThat(dict.parameterCount()).isEqualTo(4 * 6 + 6);
            assertThat(dict.parameters("encoder.layers.3.linear1.b")).hasSize(1);
            assertThat(dict.parameters("decoder")).isEmpty();
            assertThatThrownBy(() -> dict.parameter("x")).hasMessageContaining("no parameter 'x'");
            assertThatThrownBy(() -> at.buffer("usage", 1, 5))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("'encoder.layers.3.usage'");
        }
    }

    @Test
    void startsWithinPyTorchsBoundsAndFromTheSeedOnly() {
        try (StateDict first = random(5);
                StateDict second = random(5);
                StateDict other = random(6)) {
            for (StateDict dict : new StateDict[] {first, second, other}) {
                new Linear(dict.root(), 64, 50, false);
            }
            float[] weight = first.parameter("weight").value().toFloats();
            assertThat(second.parameter("weight").value().toFloats()).containsExactly(weight);
            assertThat(other.parameter("weight").value().toFloats()).isNotEqualTo(weight);
            double square = 0;
            for (float w : weight) {
                assertThat(w).isBetween(-0.125f, 0.125f);
                square += w * w / (double) weight.length;
            }
            assertThat(Math.sqrt(square)).isCloseTo(0.125 / Math.sqrt(3), within(0.004));
        }
    }

    @Test
    void loadsWhatItSaved() throws IOException {
        try (StateDict saved = random(1);
                StateDict loaded = StateDict.zeros(DType.F64);
                Scope _ = Scope.open()) {
            for (StateDict dict : new StateDict[] {saved, loaded}) {
                new Conv1d(dict.root().sub("conv"), 4, 2, NORMED);
                dict.root().buffer("count", dict == saved ? 7 : 0, 3);
            }
            try (SafetensorsFile file = SafetensorsFile.open(save(saved.tensors()))) {
                loaded.load(file);
            }
            saved.tensors()
                    .forEach((name, tensor) -> assertThat(
                                    loaded.tensors().get(name).toFloats())
                            .as(name)
                            .containsExactly(tensor.toFloats()));
        }
    }

    @Test
    void listsAllThatDoesNotFitAndChangesNothing() throws IOException {
        try (StateDict dict = random(1);
                Scope _ = Scope.open()) {
            new Linear(dict.root().sub("a"), 4, 6, true);
            new Linear(dict.root().sub("b"), 4, 6, true);
            float[] before = dict.parameter("b.bias").value().toFloats();
            Map<String, Tensor> other = new HashMap<>(dict.tensors());
            other.put("b.bias", Tensor.zeros(DType.F32, 6));
            other.put("a.weight", Tensor.zeros(DType.F32, 6, 5));
            other.remove("a.bias");
            other.put("c.weight", Tensor.zeros(DType.F32, 2, 2));
            try (SafetensorsFile file = SafetensorsFile.open(save(other))) {
                assertThatThrownBy(() -> dict.load(file))
                        .isInstanceOf(CheckpointException.class)
                        .hasMessageContaining("weights.safetensors does not fit")
                        .hasMessageContaining("1 missing:\n    a.bias [6]")
                        .hasMessageContaining("1 unexpected:\n    c.weight [2, 2]")
                        .hasMessageContaining("1 of another shape:\n    a.weight [6, 5], the model has [6, 4]");
            }
            assertThat(dict.parameter("b.bias").value().toFloats()).containsExactly(before);
        }
    }

    @Test
    void foldsWeightNormAndLoadsPlainWeightsUnderIt() throws IOException {
        try (StateDict normed = random(1);
                StateDict plain = StateDict.zeros(DType.F32);
                StateDict again = StateDict.zeros(DType.F32);
                Scope _ = Scope.open()) {
            Conv1d trained = new Conv1d(normed.root(), 4, 2, NORMED);
            Conv1d released = new Conv1d(plain.root(), 4, 2, ConvOptions.kernel(3));
            Conv1d resumed = new Conv1d(again.root(), 4, 2, NORMED);
            assertThat(normed.tensors().keySet()).containsExactly("weight_v", "weight_g", "bias");
            assertThat(normed.parameter("weight_g").value().shape()).isEqualTo(Shape.of(2, 1, 1));
            normed.parameter("weight_g").value().mul_(1.7);
            assertThat(normed.folded().keySet()).containsExactlyInAnyOrder("weight", "bias");
            try (SafetensorsFile file = SafetensorsFile.open(save(normed.folded()))) {
                plain.load(file);
                again.load(file);
            }
            Tensor x = new Generator(3).normal(DType.F32, 0, 1, 1, 4, 9);
            float[] expected = trained.forward(x).toFloats();
            assertThat(released.forward(x).toFloats()).containsExactly(expected, within(1e-6f));
            assertThat(resumed.forward(x).toFloats()).containsExactly(expected, within(1e-6f));
        }
    }
}
