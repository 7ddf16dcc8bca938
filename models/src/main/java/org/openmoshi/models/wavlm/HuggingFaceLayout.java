package org.openmoshi.models.wavlm;

import static org.openmoshi.models.config.Checks.oneOf;
import static org.openmoshi.models.config.Checks.require;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.openmoshi.models.config.ConfigException;
import org.openmoshi.models.wavlm.WavLmConfig.ConvLayer;

/** What the same model is called in Hugging Face's transformers: keys of the configuration and names of tensors. */
final class HuggingFaceLayout {
    /** Parts of a name, in an order in which no later one changes what an earlier one made. */
    private static final String[][] PARTS = {
        {"^mask_emb$", "masked_spec_embed"},
        {"^(feature_extractor\\.conv_layers\\.\\d+)\\.0\\.", "$1.conv."},
        {"^(feature_extractor\\.conv_layers\\.\\d+)\\.2\\.(1\\.)?", "$1.layer_norm."},
        {"^layer_norm\\.", "feature_projection.layer_norm."},
        {"^post_extract_proj\\.", "feature_projection.projection."},
        {"^encoder\\.pos_conv\\.0\\.", "encoder.pos_conv_embed.conv."},
        {"\\.self_attn_layer_norm\\.", ".layer_norm."},
        {"\\.self_attn\\.grep_a$", ".attention.gru_rel_pos_const"},
        {"\\.self_attn\\.grep_linear\\.", ".attention.gru_rel_pos_linear."},
        {"\\.self_attn\\.relative_attention_bias\\.", ".attention.rel_attn_embed."},
        {"\\.self_attn\\.", ".attention."},
        {"\\.fc1\\.", ".feed_forward.intermediate_dense."},
        {"\\.fc2\\.", ".feed_forward.output_dense."},
    };

    /** Of models with a head on top. */
    private static final String MODEL_PREFIX = "wavlm.";

    private HuggingFaceLayout() {}

    /** The name of a tensor there. */
    static String rename(String name) {
        String renamed = name;
        for (String[] part : PARTS) {
            renamed = renamed.replaceAll(part[0], part[1]);
        }
        return renamed;
    }

    /** A name of theirs without what newer versions and models with a head vary. */
    static String plain(String name) {
        String plain = name.startsWith(MODEL_PREFIX) ? name.substring(MODEL_PREFIX.length()) : name;
        return plain.replace(".parametrizations.weight.original0", ".weight_g")
                .replace(".parametrizations.weight.original1", ".weight_v");
    }

    /**
     * Of their {@code config.json} and {@code preprocessor_config.json}.
     *
     * @throws ConfigException when a key is missing or a value is one that no published WavLM has
     */
    static WavLmConfig config(String source, JsonNode model, JsonNode preprocessor) {
        WavLmConfig.Keys keys = new WavLmConfig.Keys(source, model);
        oneOf("model_type", keys.text("model_type"), "wavlm");
        oneOf("hidden_act", keys.text("hidden_act"), "gelu");
        oneOf("feat_extract_activation", keys.text("feat_extract_activation"), "gelu");
        oneOf("feat_extract_norm", keys.text("feat_extract_norm"), "group", "layer");
        List<Integer> channels = keys.numbers("conv_dim");
        List<Integer> kernels = keys.numbers("conv_kernel");
        List<Integer> strides = keys.numbers("conv_stride");
        require(
                channels.size() == kernels.size() && channels.size() == strides.size(),
                source + ": conv_dim, conv_kernel and conv_stride must be of equal length");
        List<ConvLayer> layers = new ArrayList<>();
        for (int i = 0; i < channels.size(); i++) {
            layers.add(new ConvLayer(channels.get(i), kernels.get(i), strides.get(i)));
        }
        return new WavLmConfig(
                keys.text("feat_extract_norm").equals("layer") ? "layer_norm" : "default",
                layers,
                keys.truth("conv_bias"),
                keys.number("num_hidden_layers"),
                keys.number("hidden_size"),
                keys.number("intermediate_size"),
                keys.number("num_attention_heads"),
                keys.truth("do_stable_layer_norm"),
                keys.number("num_conv_pos_embeddings"),
                keys.number("num_conv_pos_embedding_groups"),
                keys.number("num_buckets"),
                keys.number("max_bucket_distance"),
                new WavLmConfig.Keys(source, preprocessor).truth("do_normalize"));
    }

    /** Their {@code config.json}. */
    static Map<String, Object> modelConfig(WavLmConfig config) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("architectures", List.of("WavLMModel"));
        map.put("model_type", "wavlm");
        map.put("hidden_act", "gelu");
        map.put("feat_extract_activation", "gelu");
        map.put("feat_extract_norm", config.extractorMode().equals("layer_norm") ? "layer" : "group");
        map.put("num_feat_extract_layers", config.convLayers().size());
        map.put(
                "conv_dim",
                config.convLayers().stream().map(ConvLayer::channels).toList());
        map.put(
                "conv_kernel",
                config.convLayers().stream().map(ConvLayer::kernelSize).toList());
        map.put(
                "conv_stride",
                config.convLayers().stream().map(ConvLayer::stride).toList());
        map.put("conv_bias", config.convBias());
        map.put("num_hidden_layers", config.encoderLayers());
        map.put("hidden_size", config.encoderEmbedDim());
        map.put("intermediate_size", config.encoderFfnEmbedDim());
        map.put("num_attention_heads", config.encoderAttentionHeads());
        map.put("do_stable_layer_norm", config.layerNormFirst());
        map.put("num_conv_pos_embeddings", config.convPos());
        map.put("num_conv_pos_embedding_groups", config.convPosGroups());
        map.put("num_buckets", config.numBuckets());
        map.put("max_bucket_distance", config.maxDistance());
        map.put("layer_norm_eps", 1e-5);
        return map;
    }

    /** Their {@code preprocessor_config.json}. */
    static Map<String, Object> preprocessorConfig(WavLmConfig config) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("feature_extractor_type", "Wav2Vec2FeatureExtractor");
        map.put("feature_size", 1);
        map.put("sampling_rate", WavLm.SAMPLE_RATE);
        map.put("padding_value", 0.0);
        map.put("padding_side", "right");
        map.put("do_normalize", config.normalize());
        map.put("return_attention_mask", config.layerNormFirst());
        return map;
    }
}
