package org.openmoshi.models.mimi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.openmoshi.models.checkpoint.CheckpointException;
import org.openmoshi.models.checkpoint.SafetensorsFile;
import org.openmoshi.models.checkpoint.SafetensorsWriter;
import org.openmoshi.models.checkpoint.TensorFile;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Functions;
import org.openmoshi.tensor.Generator;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.testing.LeakExtension;

/** Codecs in other layouts: names, shapes, types, and that nothing is lost on the way there and back. */
@ExtendWith(LeakExtension.class)
class MimiCheckpointTest {
    @TempDir
    Path folder;

    /** Nothing of it is at a default value. */
    private static Mimi tiny(boolean weightNorm) {
        Generator random = new Generator(3);
        Mimi mimi = Mimi.random(MimiConfig.preset("tiny").withWeightNorm(weightNorm), random);
        try (Scope _ = Scope.open()) {
            mimi.stateDict()
                    .tensors()
                    .values()
                    .forEach(tensor -> tensor.copyFrom_(tensor.add(
                            random.normal(DType.F32, 0, 0.1, tensor.shape().toArray()))));
        }
        return mimi;
    }

    private static void assertSame(Mimi loaded, Mimi saved) {
        Map<String, Tensor> expected = saved.stateDict().folded();
        assertThat(loaded.stateDict().tensors().keySet()).containsExactlyInAnyOrderElementsOf(expected.keySet());
        loaded.stateDict()
                .tensors()
                .forEach((name, tensor) -> assertThat(tensor.toFloats())
                        .as(name)
                        .containsExactly(expected.get(name).toFloats()));
    }

    @ParameterizedTest
    @EnumSource
    void comesBackFromEveryLayoutBitByBit(MimiLayout layout) throws IOException {
        try (Mimi saved = tiny(true);
                Scope _ = Scope.open()) {
            Path file = write(saved, layout);
            try (MimiCheckpoint checkpoint = MimiCheckpoint.open(file);
                    Mimi loaded = checkpoint.load()) {
                assertThat(checkpoint.layout()).isEqualTo(layout);
                assertThat(loaded.config()).isEqualTo(MimiConfig.preset("tiny"));
                assertSame(loaded, saved);
            }
        }
    }

    private Path write(Mimi mimi, MimiLayout layout) throws IOException {
        Path target = folder.resolve(layout.name());
        switch (layout) {
            case KYUTAI -> mimi.save(target);
            case KYUTAI_FIRST -> {
                mimi.save(target);
                rewrite(
                        target,
                        name -> name.replace("in_projs.0.weight", "in_proj_weight")
                                .replace("out_projs.0.weight", "out_proj.weight"));
            }
            case HUGGING_FACE -> MimiExport.of(mimi).huggingFace(target);
        }
        return target;
    }

    private static void rewrite(Path file, UnaryOperator<String> rename) throws IOException {
        try (Scope _ = Scope.open();
                SafetensorsFile old = SafetensorsFile.open(file)) {
            Map<String, Tensor> renamed = new LinkedHashMap<>();
            for (String name : old.names()) {
                renamed.put(rename.apply(name), old.load(name));
            }
            SafetensorsWriter.write(file, renamed, old.metadata());
        }
    }

    /** Weight norm is a matter of training: a run may start from a codec of any layout. */
    @Test
    void loadsIntoACodecUnderWeightNorm() throws IOException {
        try (Mimi saved = tiny(false);
                Scope _ = Scope.open()) {
            Path file = write(saved, MimiLayout.HUGGING_FACE);
            try (Mimi trained = Mimi.load(MimiConfig.preset("tiny").withWeightNorm(true), file)) {
                Map<String, Tensor> expected = saved.stateDict().tensors();
                trained.stateDict()
                        .folded()
                        .forEach((name, tensor) -> assertThat(tensor.toFloats())
                                .as(name)
                                .containsExactly(expected.get(name).toFloats(), within(1e-5f)));
            }
        }
    }

    @Test
    void namesShapesAndTypesAreThePublishedOnes() throws IOException {
        JsonNode published = published();
        MimiConfig config = MimiConfig.of("published", published.get("config"));
        try (Mimi mimi = Mimi.zeros(config.withWeightNorm(true))) {
            Path file = folder.resolve("kyutai.safetensors");
            mimi.save(file);
            try (SafetensorsFile written = SafetensorsFile.open(file)) {
                assertThat(written.names()).hasSize(published.get("state_dict").size());
                for (Map.Entry<String, JsonNode> entry :
                        published.get("state_dict").properties()) {
                    String name = entry.getKey();
                    assertThat(written.shape(name).toString().replace(" ", ""))
                            .as(name)
                            .isEqualTo(entry.getValue().toString());
                    assertThat(written.dtype(name)).as(name).isEqualTo(DType.F32);
                }
            }
            Files.delete(file);
            Path other = folder.resolve("hugging-face");
            MimiExport.of(mimi).as(DType.BF16).huggingFace(other);
            try (TensorFile written = TensorFile.open(other.resolve("model.safetensors"))) {
                assertHuggingFaceNames(written, published.get("state_dict").size());
            }
        }
    }

    private static void assertHuggingFaceNames(TensorFile written, int kyutaiNames) throws IOException {
        assertThat(written.metadata()).containsEntry("format", "pt");
        assertThat(written.names()).hasSize(kyutaiNames + 2 * 16); // attention has three projections instead of one
        Map<String, Shape> known = new HashMap<>();
        known.put("encoder.layers.0.conv.weight", Shape.of(64, 1, 7));
        known.put("encoder.layers.1.block.1.conv.weight", Shape.of(32, 64, 3));
        known.put("encoder.layers.14.conv.bias", Shape.of(512));
        known.put("decoder.layers.0.conv.weight", Shape.of(1024, 512, 7));
        known.put("decoder.layers.2.conv.weight", Shape.of(1024, 512, 16));
        known.put("decoder.layers.12.block.3.conv.weight", Shape.of(64, 32, 1));
        known.put("downsample.conv.weight", Shape.of(512, 512, 4));
        known.put("upsample.conv.weight", Shape.of(512, 1, 4));
        known.put("quantizer.semantic_residual_vector_quantizer.input_proj.weight", Shape.of(256, 512, 1));
        known.put("quantizer.semantic_residual_vector_quantizer.layers.0.codebook.embed_sum", Shape.of(2048, 256));
        known.put("quantizer.acoustic_residual_vector_quantizer.layers.30.codebook.initialized", Shape.of(1));
        known.put("quantizer.acoustic_residual_vector_quantizer.layers.30.codebook.cluster_usage", Shape.of(2048));
        for (String side : new String[] {"encoder_transformer", "decoder_transformer"}) {
            for (int i = 0; i < 8; i++) {
                String layer = side + ".layers." + i;
                for (String projection : new String[] {"q_proj", "k_proj", "v_proj", "o_proj"}) {
                    known.put(layer + ".self_attn." + projection + ".weight", Shape.of(512, 512));
                }
                known.put(layer + ".input_layernorm.weight", Shape.of(512));
                known.put(layer + ".post_attention_layernorm.bias", Shape.of(512));
                known.put(layer + ".mlp.fc1.weight", Shape.of(2048, 512));
                known.put(layer + ".mlp.fc2.weight", Shape.of(512, 2048));
                known.put(layer + ".self_attn_layer_scale.scale", Shape.of(512));
                known.put(layer + ".mlp_layer_scale.scale", Shape.of(512));
            }
        }
        for (Map.Entry<String, Shape> entry : known.entrySet()) {
            assertThat(written.contains(entry.getKey())).as(entry.getKey()).isTrue();
            assertThat(written.shape(entry.getKey())).as(entry.getKey()).isEqualTo(entry.getValue());
        }
        for (String name : written.names()) {
            boolean codebook = name.contains(".codebook.");
            assertThat(written.dtype(name)).as(name).isEqualTo(codebook ? DType.F32 : DType.BF16);
        }
    }

    private static JsonNode published() throws IOException {
        try (InputStream stream = MimiCheckpointTest.class.getResourceAsStream("/golden/names/mimi_24khz.json")) {
            return JsonMapper.builder().build().readTree(Objects.requireNonNull(stream));
        }
    }

    /** Kyutai's own files hold no configuration, and may hold as many codebooks as one likes. */
    @Test
    void takesThePublishedCodecWithoutBeingTold() throws IOException {
        MimiConfig config = MimiConfig.preset("mimi-24khz").withCodebooks(3);
        Path file = folder.resolve("tokenizer.safetensors");
        try (Mimi mimi = Mimi.zeros(config);
                Scope _ = Scope.open()) {
            Map<String, Tensor> halves = new LinkedHashMap<>();
            mimi.stateDict().tensors().forEach((name, tensor) -> halves.put(name, tensor.cast(DType.F16)));
            SafetensorsWriter.write(file, halves, Map.of());
        }
        try (MimiCheckpoint checkpoint = MimiCheckpoint.open(file)) {
            assertThat(checkpoint.config()).isEqualTo(config);
            assertThat(checkpoint.parameterCount()).isEqualTo(79_308_609);
            assertThat(checkpoint.hasWeightNorm()).isFalse();
            assertThat(checkpoint.codebookEntropies())
                    .hasSize(3)
                    .allSatisfy(entropy -> assertThat(entropy).isCloseTo(1, within(1e-9)));
        }
    }

    @Test
    void halfPrecisionRoundsAllButTheCodebooks() throws IOException {
        try (Mimi saved = tiny(false);
                Scope _ = Scope.open()) {
            for (DType dtype : new DType[] {DType.BF16, DType.F16}) {
                Path file = folder.resolve(dtype + ".safetensors");
                MimiExport.of(saved).as(dtype).kyutai(file);
                try (Mimi loaded = Mimi.load(file)) {
                    saved.stateDict().tensors().forEach((name, tensor) -> {
                        boolean codebook = CodebookLevel.of(name) >= 0;
                        float[] expected =
                                (codebook ? tensor : tensor.cast(dtype).cast(DType.F32)).toFloats();
                        assertThat(loaded.stateDict().tensors().get(name).toFloats())
                                .as(name)
                                .containsExactly(expected);
                    });
                }
            }
        }
    }

    @Test
    void fewerCodebooksGiveTheFirstCodes() throws IOException {
        try (Mimi whole = tiny(false);
                Scope _ = Scope.open()) {
            Path file = folder.resolve("two.safetensors");
            MimiExport.of(whole).withCodebooks(2).kyutai(file);
            Tensor wav = new Generator(1).normal(DType.F32, 0, 0.1, 1, 1, 5 * 1920);
            try (Mimi two = Mimi.load(file)) {
                assertThat(two.encode(wav).toLongs())
                        .containsExactly(whole.encode(wav, 2).toLongs());
            }
            assertThatThrownBy(() -> MimiExport.of(whole).withCodebooks(5)).hasMessageContaining("4 codebooks, not 5");
            assertThatThrownBy(() -> MimiExport.of(whole).withCodebooks(1)).hasMessageContaining("at least 2");
        }
    }

    /** Hugging Face's attention turns the halves of a head, Kyutai's the neighbours: the scores must be the same. */
    @Test
    void rowsOfQueriesAndKeysAreReorderedForTheOtherRotation() {
        int heads = 2;
        long rows = heads * 6L;
        Generator random = new Generator(7);
        try (Scope _ = Scope.open()) {
            Tensor query = random.normal(DType.F64, 0, 1, rows, 3);
            Tensor key = random.normal(DType.F64, 0, 1, rows, 3);
            Tensor x = random.normal(DType.F64, 0, 1, 1, 5, 3);
            double[] own = scores(pairs(x.linear(query), heads), pairs(x.linear(key), heads));
            Tensor otherQuery = RotaryOrder.toHalves(query, heads);
            Tensor otherKey = RotaryOrder.toHalves(key, heads);
            double[] other = scores(halves(x.linear(otherQuery), heads), halves(x.linear(otherKey), heads));
            assertThat(other).containsExactly(own, within(1e-6));
            assertThat(RotaryOrder.toPairs(otherQuery, heads).toDoubles()).containsExactly(query.toDoubles());
        }
    }

    private static double[] scores(Tensor q, Tensor k) {
        return q.matmul(k.transpose(2, 3)).toDoubles();
    }

    /** [1, T, H D] -> [1, H, T, D]. */
    private static Tensor split(Tensor x, int heads) {
        return x.reshape(1, x.dim(1), heads, -1).transpose(1, 2);
    }

    private static Tensor pairs(Tensor x, int heads) {
        return Functions.rope(split(x, heads).contiguous(), 10_000, 0);
    }

    /** The i-th and the (D / 2 + i)-th value of step t turn by t / 10000^(2 i / D). */
    private static Tensor halves(Tensor x, int heads) {
        Tensor split = split(x, heads).contiguous();
        int steps = split.intDim(2);
        int size = split.intDim(3);
        double[] values = split.toDoubles();
        double[] turned = new double[values.length];
        for (int row = 0; row < heads * steps; row++) {
            for (int i = 0; i < size / 2; i++) {
                double angle = row % steps * Math.pow(10_000, -2.0 * i / size);
                int a = row * size + i;
                int b = a + size / 2;
                turned[a] = values[a] * Math.cos(angle) - values[b] * Math.sin(angle);
                turned[b] = values[b] * Math.cos(angle) + values[a] * Math.sin(angle);
            }
        }
        return Tensor.of(turned, split.shape().toArray());
    }

    @Test
    void readsShards() throws IOException {
        Path target = folder.resolve("codec");
        try (Mimi saved = tiny(false);
                Scope _ = Scope.open()) {
            MimiExport.of(saved).huggingFace(target);
            Map<String, Map<String, Tensor>> shards = Map.of("a", new HashMap<>(), "b", new HashMap<>());
            StringBuilder index = new StringBuilder();
            Path whole = target.resolve("model.safetensors");
            try (SafetensorsFile file = SafetensorsFile.open(whole)) {
                for (String name : file.names()) {
                    String shard = name.contains("k_proj") ? "b" : "a";
                    Objects.requireNonNull(shards.get(shard)).put(name, file.load(name));
                    index.append(index.isEmpty() ? "" : ", ")
                            .append("\"%s\": \"%s.safetensors\"".formatted(name, shard));
                }
            }
            for (Map.Entry<String, Map<String, Tensor>> shard : shards.entrySet()) {
                SafetensorsWriter.write(target.resolve(shard.getKey() + ".safetensors"), shard.getValue(), Map.of());
            }
            Files.delete(whole);
            Files.writeString(target.resolve("model.safetensors.index.json"), "{\"weight_map\": {" + index + "}}");
            try (Mimi loaded = Mimi.load(target)) {
                assertSame(loaded, saved);
            }
        }
    }

    @Test
    void saysWhatIsNoCodec() throws IOException {
        Path file = folder.resolve("other.safetensors");
        try (Scope _ = Scope.open()) {
            SafetensorsWriter.write(file, Map.of("x", Tensor.zeros(DType.F32, 2)), Map.of());
        }
        assertThatThrownBy(() -> MimiCheckpoint.open(file))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("other.safetensors holds no Mimi codec");
        assertThatThrownBy(() -> MimiCheckpoint.open(folder))
                .hasMessageContaining("none of model.safetensors, model.safetensors.index.json");
    }

    @Test
    void saysWhatDoesNotFitAHuggingFaceFile() throws IOException {
        Path target = folder.resolve("codec");
        try (Mimi mimi = tiny(false)) {
            MimiExport.of(mimi).huggingFace(target);
        }
        rewrite(
                target.resolve("model.safetensors"),
                name -> name.equals("encoder_transformer.layers.0.self_attn.k_proj.weight") ? "extra" : name);
        assertThatThrownBy(() -> Mimi.load(target))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(
                        "1 missing:\n    encoder_transformer.transformer.layers.0.self_attn.in_projs.0.weight")
                .hasMessageContaining("extra [32, 32]")
                .hasMessageContaining("encoder_transformer.layers.0.self_attn.q_proj.weight");
        Files.delete(target.resolve("config.json"));
        assertThatThrownBy(() -> Mimi.load(target)).hasMessageContaining("put its config.json beside it");
    }
}
