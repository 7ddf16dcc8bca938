package org.openmoshi.models.wavlm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.openmoshi.models.checkpoint.CheckpointException;
import org.openmoshi.models.checkpoint.SafetensorsFile;
import org.openmoshi.models.golden.CaseFolder;
import org.openmoshi.models.golden.Comparison;
import org.openmoshi.models.wavlm.WavLmFile.Form;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.testing.LeakExtension;

@ExtendWith(LeakExtension.class)
class WavLmFileTest {
    @TempDir
    private Path folder;

    private static Path resource(String name) throws URISyntaxException {
        return Path.of(
                Objects.requireNonNull(WavLmFileTest.class.getResource(name)).toURI());
    }

    /** A file of Python's pickle and zipfile, see make_fixture.py beside it. */
    @Test
    void readsAFileOfPythonsPickle() throws Exception {
        try (WavLm model = WavLmFile.read(resource("/torch/wavlm_base.pt"))) {
            assertGolden(model, resource("/golden/wavlm_base"));
        }
    }

    @ParameterizedTest
    @EnumSource(Form.class)
    void writesAndReadsEveryForm(Form form) throws Exception {
        for (String layout : new String[] {"wavlm_base", "wavlm_large"}) {
            Path golden = resource("/golden/" + layout);
            Path written = folder.resolve(layout + "." + form);
            try (WavLm model = golden(golden)) {
                WavLmFile.write(model, written, form);
            }
            try (WavLm model = WavLmFile.read(written)) {
                assertGolden(model, golden);
            }
        }
    }

    @Test
    void namesAreThoseOfTransformers() throws Exception {
        try (WavLm model = golden(resource("/golden/wavlm_large"))) {
            WavLmFile.write(model, folder.resolve("hf"), Form.HUGGINGFACE);
        }
        try (SafetensorsFile file = SafetensorsFile.open(folder.resolve("hf/model.safetensors"))) {
            assertThat(file.names())
                    .contains(
                            "masked_spec_embed",
                            "feature_extractor.conv_layers.0.conv.weight",
                            "feature_extractor.conv_layers.6.layer_norm.bias",
                            "feature_projection.layer_norm.weight",
                            "feature_projection.projection.bias",
                            "encoder.pos_conv_embed.conv.weight_g",
                            "encoder.layer_norm.weight",
                            "encoder.layers.0.attention.rel_attn_embed.weight",
                            "encoder.layers.1.attention.gru_rel_pos_const",
                            "encoder.layers.1.attention.gru_rel_pos_linear.weight",
                            "encoder.layers.1.attention.out_proj.bias",
                            "encoder.layers.1.layer_norm.weight",
                            "encoder.layers.1.feed_forward.intermediate_dense.weight",
                            "encoder.layers.1.feed_forward.output_dense.weight",
                            "encoder.layers.1.final_layer_norm.bias")
                    .noneMatch(name -> name.contains("self_attn") || name.contains("fc1"));
        }
    }

    @Test
    void newerNamesOfWeightNormAndAPrefixAreKnown() {
        assertThat(HuggingFaceLayout.plain("wavlm.encoder.pos_conv_embed.conv.parametrizations.weight.original1"))
                .isEqualTo("encoder.pos_conv_embed.conv.weight_v");
    }

    @Test
    void saysWhatIsMissing() throws Exception {
        Path weights = resource("/golden/wavlm_base").resolve("weights.safetensors");
        Path alone = Files.copy(weights, folder.resolve("model.safetensors"));
        assertThatThrownBy(() -> WavLmFile.read(alone)).hasMessageContaining("config.json");
        assertThatThrownBy(() -> WavLmFile.read(folder.resolve("none.pt"))).hasMessageContaining("does not exist");
        assertThatThrownBy(() -> WavLmFile.read(Files.createDirectory(folder.resolve("empty"))))
                .hasMessageContaining("pytorch_model.bin");
        try (WavLm model = golden(resource("/golden/wavlm_base"))) {
            WavLmFile.write(model, folder, Form.HUGGINGFACE);
        }
        Files.delete(folder.resolve("preprocessor_config.json"));
        assertThatThrownBy(() -> WavLmFile.read(folder))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("preprocessor_config.json");
    }

    @Test
    void refusesAnotherModel() throws Exception {
        try (WavLm model = golden(resource("/golden/wavlm_base"))) {
            WavLmFile.write(model, folder, Form.HUGGINGFACE);
        }
        Path config = folder.resolve("config.json");
        Files.writeString(config, Files.readString(config).replace("\"wavlm\"", "\"wav2vec2\""));
        assertThatThrownBy(() -> WavLmFile.read(folder))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("model_type is 'wav2vec2'");
        Files.writeString(
                config,
                Files.readString(config)
                        .replace("wav2vec2", "wavlm")
                        .replace("\"num_hidden_layers\" : 2", "\"num_hidden_layers\" : 3"));
        assertThatThrownBy(() -> WavLmFile.read(folder))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("encoder.layers.2.fc1.weight");
    }

    @Test
    void aLayerInTheMiddleIsNotTheLast() throws Exception {
        try (Scope _ = Scope.open();
                WavLm model = golden(resource("/golden/wavlm_large"))) {
            Tensor wav = Tensor.of(new float[720], 1, 720);
            assertThat(model.features(wav, 1).shape().toArray()).containsExactly(1, 2, 24);
            assertThat(model.features(wav, 2).toFloats())
                    .isNotEqualTo(model.features(wav, 0).toFloats());
            assertThatThrownBy(() -> model.features(wav, 3)).hasMessageContaining("layers 1 to 2");
            assertThatThrownBy(() -> model.features(wav.slice(1, 0, 399), 0)).hasMessageContaining("400 samples");
        }
    }

    private static WavLm golden(Path folder) throws IOException {
        CaseFolder files = new CaseFolder(folder);
        WavLm model = WavLm.zeros(WavLmConfig.of("config.json", files.json("config.json")));
        try (SafetensorsFile weights = files.tensors("weights.safetensors")) {
            model.stateDict().load(weights);
        }
        return model;
    }

    private static void assertGolden(WavLm model, Path folder) throws IOException {
        CaseFolder files = new CaseFolder(folder);
        try (Scope _ = Scope.open();
                SafetensorsFile inputs = files.tensors("inputs.safetensors");
                SafetensorsFile expected = files.tensors("expected.safetensors")) {
            double[] features = model.forward(inputs.load("wav")).toDoubles();
            assertThat(Comparison.relativeError(
                            features, expected.load("features").toDoubles()))
                    .isLessThan(Comparison.FORWARD);
        }
    }
}
