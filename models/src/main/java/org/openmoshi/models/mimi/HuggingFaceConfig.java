package org.openmoshi.models.mimi;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.openmoshi.models.config.ConfigException;
import org.openmoshi.models.config.ConfigReader;
import org.openmoshi.models.nn.TransformerConfig;

/**
 * {@code config.json} of {@code MimiModel} in Hugging Face's transformers. It says the same as {@link MimiConfig} in
 * other words; what else it may say is either fixed here, and refused when it differs, or bookkeeping of that library.
 * A key that is missing has that library's default.
 */
final class HuggingFaceConfig {
    private HuggingFaceConfig() {}

    /**
     * Reads a file.
     *
     * @throws ConfigException when it is of another model, or of a Mimi that this one cannot be
     */
    static MimiConfig read(Path file) {
        ObjectNode json = ConfigReader.parse(file);
        ObjectNode defaults = of(MimiConfig.preset("mimi-24khz"));
        defaults.remove(List.of("frame_rate", "head_dim")); // that library computes them
        if (!json.path("model_type").asText().equals("mimi")) {
            throw new ConfigException(
                    file + " is not the configuration of a Mimi codec: its model_type is " + json.path("model_type"));
        }
        if (!json.has("rope_theta") && json.path("rope_parameters").has("rope_theta")) {
            json.set("rope_theta", json.get("rope_parameters").get("rope_theta")); // since transformers 5
        }
        if (!json.has("frame_rate") && json.has("_frame_rate")) {
            json.set("frame_rate", json.get("_frame_rate"));
        }
        if (json.path("head_dim").isNull()) {
            json.remove("head_dim");
        }
        ObjectNode whole = defaults.setAll(json);
        MimiConfig config = new Reader(file, whole).config();
        // what the configuration cannot say has one value in what is written; the same must stand in what is read
        for (Map.Entry<String, JsonNode> entry : of(config).properties()) {
            JsonNode found = whole.get(entry.getKey());
            if (found != null && !found.isNull() && !same(found, entry.getValue())) {
                throw new ConfigException(file + ": " + entry.getKey() + " is " + found + ", only " + entry.getValue()
                        + " is known here");
            }
        }
        return config;
    }

    private static boolean same(JsonNode a, JsonNode b) {
        return a.isNumber() && b.isNumber() ? a.asDouble() == b.asDouble() : a.equals(b);
    }

    private record Reader(Path file, ObjectNode json) {
        int integer(String key) {
            JsonNode value = json.path(key);
            if (!value.canConvertToInt() || !value.isIntegralNumber()) {
                throw new ConfigException(file + ": " + key + " is " + value + ", must be an integer");
            }
            return value.asInt();
        }

        double number(String key) {
            if (!json.path(key).isNumber()) {
                throw new ConfigException(file + ": " + key + " is " + json.path(key) + ", must be a number");
            }
            return json.path(key).asDouble();
        }

        /** Written in the words of {@link MimiConfig}, which then checks it. */
        MimiConfig config() {
            ObjectNode tree = ConfigReader.toTree(MimiConfig.preset("mimi-24khz"));
            int hidden = integer("hidden_size");
            ObjectNode seanet = (ObjectNode) tree.get("seanet");
            seanet.put("channels", integer("audio_channels"))
                    .put("dimension", hidden)
                    .put("n_filters", integer("num_filters"))
                    .put("n_residual_layers", integer("num_residual_layers"))
                    .put("compress", integer("compress"))
                    .put("dilation_base", integer("dilation_growth_rate"))
                    .put("kernel_size", integer("kernel_size"))
                    .put("residual_kernel_size", integer("residual_kernel_size"))
                    .put("last_kernel_size", integer("last_kernel_size"))
                    .set("ratios", json.get("upsampling_ratios"));
            ((ObjectNode) tree.get("quantizer"))
                    .put("dimension", integer("codebook_dim"))
                    .put("n_q", integer("num_quantizers"))
                    .put("bins", integer("codebook_size"))
                    .put("input_dimension", hidden)
                    .put("output_dimension", hidden);
            ((ObjectNode) tree.get("transformer"))
                    .put("d_model", hidden)
                    .put("num_heads", integer("num_attention_heads"))
                    .put("num_layers", integer("num_hidden_layers"))
                    .put("layer_scale", number("layer_scale_initial_scale"))
                    .put("context", integer("sliding_window"))
                    .put("max_period", number("rope_theta"))
                    .put("dim_feedforward", integer("intermediate_size"))
                    .put("input_dimension", hidden)
                    .putArray("output_dimensions")
                    .add(hidden);
            int sampleRate = integer("sampling_rate");
            double hop = 1;
            for (JsonNode ratio : json.path("upsampling_ratios")) {
                hop *= ratio.asInt();
            }
            tree.put("sample_rate", sampleRate)
                    .put("channels", integer("audio_channels"))
                    .put("frame_rate", json.has("frame_rate") ? number("frame_rate") : sampleRate / hop / 2);
            return MimiConfig.of(file.toString(), tree);
        }
    }

    /**
     * The configuration in that library's words.
     *
     * @throws ConfigException when that library's model cannot be so
     */
    static ObjectNode of(MimiConfig config) {
        SeanetConfig seanet = config.seanet();
        QuantizerConfig quantizer = config.quantizer();
        TransformerConfig transformer = config.transformer();
        require(transformer.dModel() == seanet.dimension(), "transformer.d_model must be seanet.dimension");
        require(config.downsampling() <= 2, "frame_rate must be the convolutions' own or half of it");
        require(Integer.bitCount(quantizer.bins()) == 1, "quantizer.bins must be a power of 2");
        require(quantizer.dimension() != seanet.dimension(), "quantizer.dimension must not be seanet.dimension");
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.putArray("architectures").add("MimiModel");
        json.put("model_type", "mimi")
                .put("attention_bias", false)
                .put("audio_channels", config.channels())
                .put("codebook_dim", quantizer.dimension())
                .put("codebook_size", quantizer.bins())
                .put("compress", seanet.compress())
                .put("dilation_growth_rate", seanet.dilationBase())
                .put("frame_rate", config.frameRate())
                .put("head_dim", transformer.dModel() / transformer.numHeads())
                .put("hidden_act", "gelu")
                .put("hidden_size", seanet.dimension())
                .put("intermediate_size", transformer.dimFeedforward())
                .put("kernel_size", seanet.kernelSize())
                .put("last_kernel_size", seanet.lastKernelSize())
                .put("layer_scale_initial_scale", transformer.layerScale())
                .put("norm_eps", 1e-5)
                .put("num_attention_heads", transformer.numHeads())
                .put("num_filters", seanet.nFilters())
                .put("num_hidden_layers", transformer.numLayers())
                .put("num_key_value_heads", transformer.numHeads())
                .put("num_quantizers", quantizer.nQ())
                .put("num_residual_layers", seanet.nResidualLayers())
                .put("num_semantic_quantizers", 1)
                .put("pad_mode", seanet.padMode())
                .put("residual_kernel_size", seanet.residualKernelSize())
                .put("rope_theta", transformer.maxPeriod())
                .put("sampling_rate", config.sampleRate())
                .put("sliding_window", transformer.context())
                .put("trim_right_ratio", 1.0)
                .put("upsample_groups", seanet.dimension())
                .put("use_causal_conv", true)
                .put("use_conv_shortcut", false)
                .put("vector_quantization_hidden_dimension", quantizer.dimension());
        json.set("upsampling_ratios", ConfigReader.toTree(seanet).get("ratios"));
        return json;
    }

    private static void require(boolean condition, String what) {
        if (!condition) {
            throw new ConfigException("Hugging Face's MimiModel cannot be of this configuration: " + what);
        }
    }
}
