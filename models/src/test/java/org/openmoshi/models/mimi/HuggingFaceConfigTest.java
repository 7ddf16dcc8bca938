package org.openmoshi.models.mimi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openmoshi.models.config.ConfigException;
import org.openmoshi.models.config.ConfigReader;

class HuggingFaceConfigTest {
    @TempDir
    Path folder;

    private MimiConfig read(String json) throws IOException {
        return HuggingFaceConfig.read(Files.writeString(folder.resolve("config.json"), json));
    }

    private MimiConfig readWith(String preset, Consumer<ObjectNode> change) throws IOException {
        ObjectNode json = HuggingFaceConfig.of(MimiConfig.preset(preset));
        change.accept(json);
        return read(json.toString());
    }

    /** With the keys and values of the configuration that is published with the weights. */
    @Test
    void readsThePublishedConfiguration() throws IOException {
        assertThat(read("""
                {"_name_or_path": "kyutai/mimi", "architectures": ["MimiModel"], "attention_bias": false,
                "attention_dropout": 0.0, "audio_channels": 1, "codebook_dim": 256, "codebook_size": 2048, "compress": 2,
                "dilation_growth_rate": 2, "frame_rate": 12.5, "head_dim": 64, "hidden_act": "gelu", "hidden_size": 512,
                "initializer_range": 0.02, "intermediate_size": 2048, "kernel_size": 7, "last_kernel_size": 3,
                "layer_scale_initial_scale": 0.01, "max_position_embeddings": 8000, "model_type": "mimi",
                "norm_eps": 1e-05, "normalize": false, "num_attention_heads": 8, "num_filters": 64,
                "num_hidden_layers": 8, "num_key_value_heads": 8, "num_quantizers": 32, "num_residual_layers": 1,
                "num_semantic_quantizers": 1, "pad_mode": "constant", "residual_kernel_size": 3, "rope_theta": 10000.0,
                "sampling_rate": 24000, "sliding_window": 250, "torch_dtype": "float32",
                "transformers_version": "4.45.0.dev0", "trim_right_ratio": 1.0, "upsample_groups": 512,
                "upsampling_ratios": [8, 6, 5, 4], "use_cache": false, "use_causal_conv": true,
                "use_conv_shortcut": false, "vector_quantization_hidden_dimension": 256}""")).isEqualTo(MimiConfig.preset("mimi-24khz"));
    }

    @Test
    void fillsInThatLibrarysDefaults() throws IOException {
        assertThat(read("{\"model_type\": \"mimi\"}")).isEqualTo(MimiConfig.preset("mimi-24khz"));
        assertThat(read("{\"model_type\": \"mimi\", \"head_dim\": null, \"_frame_rate\": 25.0}")
                        .frameRate())
                .isEqualTo(25);
        assertThat(read("{\"model_type\": \"mimi\", \"rope_parameters\": {\"rope_theta\": 5000.0}}")
                        .transformer()
                        .maxPeriod())
                .isEqualTo(5000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"mimi-24khz", "small", "tiny"})
    void comesBack(String preset) throws IOException {
        assertThat(readWith(preset, json -> {})).isEqualTo(MimiConfig.preset(preset));
    }

    @Test
    void refusesWhatIsNotSoHere() {
        assertThatThrownBy(() -> readWith("tiny", json -> json.put("use_conv_shortcut", true)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("config.json: use_conv_shortcut is true, only false is known here");
        assertThatThrownBy(() -> readWith("tiny", json -> json.put("num_key_value_heads", 1)))
                .hasMessageContaining("num_key_value_heads is 1");
        assertThatThrownBy(() -> readWith("tiny", json -> json.put("num_filters", "4")))
                .hasMessageContaining("num_filters is \"4\", must be an integer");
        assertThatThrownBy(() -> readWith("tiny", json -> json.put("model_type", "encodec")))
                .hasMessageContaining("model_type is \"encodec\"");
        assertThatThrownBy(() -> readWith("tiny", json -> json.putArray("upsampling_ratios")))
                .isInstanceOf(ConfigException.class);
    }

    @Test
    void refusesToWriteWhatThatLibraryCannotBe() {
        ObjectNode tree = ConfigReader.toTree(MimiConfig.preset("tiny"));
        ConfigReader.override(tree, java.util.List.of("quantizer.bins=60"));
        assertThatThrownBy(() -> HuggingFaceConfig.of(MimiConfig.of("other", tree)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("quantizer.bins must be a power of 2");
    }
}
