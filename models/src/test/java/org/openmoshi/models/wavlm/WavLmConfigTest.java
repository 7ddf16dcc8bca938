package org.openmoshi.models.wavlm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openmoshi.models.config.ConfigException;
import org.openmoshi.models.wavlm.WavLmConfig.ConvLayer;

class WavLmConfigTest {
    /** What the authors' large model is made of. */
    private static ObjectNode large() {
        return new ObjectMapper()
                .valueToTree(Map.ofEntries(
                        Map.entry("extractor_mode", "layer_norm"),
                        Map.entry("encoder_layers", 24),
                        Map.entry("encoder_embed_dim", 1024),
                        Map.entry("encoder_ffn_embed_dim", 4096),
                        Map.entry("encoder_attention_heads", 16),
                        Map.entry("activation_fn", "gelu"),
                        Map.entry("layer_norm_first", true),
                        Map.entry("conv_feature_layers", "[(512,10,5)] + [(512,3,2)] * 4 + [(512,2,2)] * 2"),
                        Map.entry("conv_bias", false),
                        Map.entry("normalize", true),
                        Map.entry("conv_pos", 128),
                        Map.entry("conv_pos_groups", 16),
                        Map.entry("relative_position_embedding", true),
                        Map.entry("num_buckets", 320),
                        Map.entry("max_distance", 800),
                        Map.entry("gru_rel_pos", true),
                        Map.entry("mask_prob", 0.8)));
    }

    @Test
    void countsFrames() {
        WavLmConfig config = WavLmConfig.of("cfg", large());
        assertThat(config.convLayers()).hasSize(7).startsWith(new ConvLayer(512, 10, 5), new ConvLayer(512, 3, 2));
        assertThat(config.hop()).isEqualTo(320);
        assertThat(config.receptiveField()).isEqualTo(400);
        assertThat(List.of(config.frames(399), config.frames(400), config.frames(719), config.frames(16000)))
                .containsExactly(0L, 1L, 1L, 49L);
    }

    @Test
    void survivesTheWayThroughEitherConfiguration() {
        WavLmConfig config = WavLmConfig.of("cfg", large());
        ObjectMapper json = new ObjectMapper();
        assertThat(WavLmConfig.of("cfg", json.valueToTree(config.toMap()))).isEqualTo(config);
        assertThat(HuggingFaceLayout.config(
                        "hf",
                        json.valueToTree(HuggingFaceLayout.modelConfig(config)),
                        json.valueToTree(HuggingFaceLayout.preprocessorConfig(config))))
                .isEqualTo(config);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "conv_feature_layers; __import__('os').system('x'); of the form",
                "conv_feature_layers; [(512,10,5)] * 999; 999 layers",
                "conv_feature_layers; [(512,2,5)]; the stride at most the kernel",
                "extractor_mode; group; default or layer_norm",
                "activation_fn; relu; must be gelu",
                "encoder_layers; twelve; a whole number",
            })
    void refuses(String key, String value, String message) {
        ObjectNode tree = large().put(key, value);
        assertThatThrownBy(() -> WavLmConfig.of("cfg", tree))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(message);
    }

    @Test
    void refusesOtherPositionsAndMissingKeys() {
        assertThatThrownBy(() -> WavLmConfig.of("cfg", large().put("gru_rel_pos", false)))
                .hasMessageContaining("gated relative positions");
        assertThatThrownBy(() -> WavLmConfig.of("cfg", large().without("conv_pos")))
                .hasMessageContaining("'conv_pos' is missing");
    }
}
