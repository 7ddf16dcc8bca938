package org.openmoshi.models.wavlm;

import static org.openmoshi.models.config.Checks.oneOf;
import static org.openmoshi.models.config.Checks.positive;
import static org.openmoshi.models.config.Checks.require;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.openmoshi.models.config.ConfigException;

/**
 * A WavLM, with the keys of its authors' configurations as far as they concern inference.
 *
 * @param extractorMode {@code default}: group norm in the first convolution; {@code layer_norm}: layer norm in all
 * @param convLayers the convolutions at the waveform
 * @param convBias whether they have biases
 * @param encoderLayers transformer layers
 * @param encoderEmbedDim features of the transformer
 * @param encoderFfnEmbedDim features inside its feed-forward networks
 * @param encoderAttentionHeads heads
 * @param layerNormFirst whether its layers normalise before they compute, or after
 * @param convPos taps of the convolution that tells positions
 * @param convPosGroups its groups
 * @param numBuckets relative distances that attention tells apart
 * @param maxDistance from which on all are one
 * @param normalize whether the waveform is normalised to mean 0 and variance 1
 */
public record WavLmConfig(
        String extractorMode,
        List<ConvLayer> convLayers,
        boolean convBias,
        int encoderLayers,
        int encoderEmbedDim,
        int encoderFfnEmbedDim,
        int encoderAttentionHeads,
        boolean layerNormFirst,
        int convPos,
        int convPosGroups,
        int numBuckets,
        int maxDistance,
        boolean normalize) {
    private static final int MAX_CONV_LAYERS = 64;

    /** A list of triples, as often as the factor after it says: {@code [(512,3,2)] * 4}. */
    private static final Pattern CONV_TERM = Pattern.compile("\\[((?:\\(\\d+,\\d+,\\d+\\),?)+)](?:\\*(\\d{1,3}))?");

    private static final Pattern CONV_LAYER = Pattern.compile("\\((\\d{1,9}),(\\d{1,9}),(\\d{1,9})\\)");

    /** A convolution: output channels, taps, stride. */
    public record ConvLayer(int channels, int kernelSize, int stride) {}

    /** Checks ranges. */
    public WavLmConfig {
        oneOf("extractor_mode", extractorMode, "default", "layer_norm");
        convLayers = List.copyOf(convLayers);
        require(
                !convLayers.isEmpty() && convLayers.size() <= MAX_CONV_LAYERS,
                "conv_feature_layers has " + convLayers.size() + " layers, must have 1 to " + MAX_CONV_LAYERS);
        for (ConvLayer layer : convLayers) {
            require(
                    layer.channels > 0 && layer.stride > 0 && layer.kernelSize >= layer.stride,
                    "conv_feature_layers has " + layer + ": numbers must be positive, the stride at most the kernel");
        }
        positive("encoder_layers", encoderLayers);
        positive("encoder_embed_dim", encoderEmbedDim);
        positive("encoder_ffn_embed_dim", encoderFfnEmbedDim);
        positive("encoder_attention_heads", encoderAttentionHeads);
        require(
                encoderEmbedDim % encoderAttentionHeads == 0,
                "encoder_embed_dim is " + encoderEmbedDim + ", must be a multiple of encoder_attention_heads, "
                        + encoderAttentionHeads);
        positive("conv_pos", convPos);
        positive("conv_pos_groups", convPosGroups);
        require(
                encoderEmbedDim % convPosGroups == 0,
                "encoder_embed_dim is " + encoderEmbedDim + ", must be a multiple of conv_pos_groups, "
                        + convPosGroups);
        require(
                numBuckets >= 4 && numBuckets % 4 == 0,
                "num_buckets is " + numBuckets + ", must be a positive multiple of 4");
        require(
                maxDistance > numBuckets / 4,
                "max_distance is " + maxDistance + ", must exceed a quarter of num_buckets");
    }

    /**
     * Of the authors' configuration; keys that only concern training are not looked at.
     *
     * @throws ConfigException when a key is missing or a value is one that no published WavLM has
     */
    public static WavLmConfig of(String source, JsonNode tree) {
        Keys keys = new Keys(source, tree);
        require(
                keys.truth("relative_position_embedding") && keys.truth("gru_rel_pos"),
                source + ": a WavLM without gated relative positions is not supported");
        if (tree.has("activation_fn")) {
            oneOf("activation_fn", keys.text("activation_fn"), "gelu");
        }
        return new WavLmConfig(
                keys.text("extractor_mode"),
                convLayers(keys.text("conv_feature_layers")),
                keys.truth("conv_bias"),
                keys.number("encoder_layers"),
                keys.number("encoder_embed_dim"),
                keys.number("encoder_ffn_embed_dim"),
                keys.number("encoder_attention_heads"),
                keys.truth("layer_norm_first"),
                keys.number("conv_pos"),
                keys.number("conv_pos_groups"),
                keys.number("num_buckets"),
                keys.number("max_distance"),
                keys.truth("normalize"));
    }

    /** The authors' configuration, as {@link #of} takes it. */
    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("extractor_mode", extractorMode);
        map.put("encoder_layers", encoderLayers);
        map.put("encoder_embed_dim", encoderEmbedDim);
        map.put("encoder_ffn_embed_dim", encoderFfnEmbedDim);
        map.put("encoder_attention_heads", encoderAttentionHeads);
        map.put("activation_fn", "gelu");
        map.put("layer_norm_first", layerNormFirst);
        map.put("conv_feature_layers", convText());
        map.put("conv_bias", convBias);
        map.put("normalize", normalize);
        map.put("conv_pos", convPos);
        map.put("conv_pos_groups", convPosGroups);
        map.put("relative_position_embedding", true);
        map.put("num_buckets", numBuckets);
        map.put("max_distance", maxDistance);
        map.put("gru_rel_pos", true);
        return map;
    }

    private String convText() {
        List<String> layers = new ArrayList<>();
        for (ConvLayer layer : convLayers) {
            layers.add("(" + layer.channels + "," + layer.kernelSize + "," + layer.stride + ")");
        }
        return "[" + String.join(",", layers) + "]";
    }

    /** Python's notation: sums of lists of triples, each list with or without a factor. */
    private static List<ConvLayer> convLayers(String text) {
        List<ConvLayer> layers = new ArrayList<>();
        for (String part : text.replace(" ", "").split("\\+", -1)) {
            Matcher term = CONV_TERM.matcher(part);
            require(
                    term.matches(),
                    "conv_feature_layers is '" + text + "', must be of the form [(512,10,5)] + [(512,3,2)] * 4");
            List<ConvLayer> triples = new ArrayList<>();
            Matcher triple = CONV_LAYER.matcher(term.group(1));
            while (triple.find()) {
                triples.add(new ConvLayer(
                        Integer.parseInt(triple.group(1)),
                        Integer.parseInt(triple.group(2)),
                        Integer.parseInt(triple.group(3))));
            }
            int factor = term.group(2) == null ? 1 : Integer.parseInt(term.group(2));
            for (int i = 0; i < factor; i++) {
                layers.addAll(triples);
            }
        }
        return layers;
    }

    /** Values of a tree by key, of the expected type. */
    record Keys(String source, JsonNode tree) {
        JsonNode value(String key) {
            JsonNode value = tree.get(key);
            if (value == null) {
                throw new ConfigException(source + ": key '" + key + "' is missing");
            }
            return value;
        }

        String text(String key) {
            require(value(key).isTextual(), source + ": " + key + " is " + value(key) + ", must be text");
            return value(key).textValue();
        }

        boolean truth(String key) {
            require(value(key).isBoolean(), source + ": " + key + " is " + value(key) + ", must be true or false");
            return value(key).booleanValue();
        }

        int number(String key) {
            require(
                    value(key).canConvertToExactIntegral() && value(key).canConvertToInt(),
                    source + ": " + key + " is " + value(key) + ", must be a whole number");
            return value(key).intValue();
        }

        List<Integer> numbers(String key) {
            List<Integer> numbers = new ArrayList<>();
            require(value(key).isArray(), source + ": " + key + " is " + value(key) + ", must be a list");
            for (JsonNode element : value(key)) {
                require(element.isInt(), source + ": " + key + " holds " + element + ", must hold whole numbers");
                numbers.add(element.intValue());
            }
            return numbers;
        }
    }

    // ---- derived --------------------------------------------------------------------------------------------------

    /** Channels of the last convolution. */
    int convChannels() {
        return convLayers.getLast().channels;
    }

    /** Samples from one frame of features to the next. */
    public int hop() {
        return convLayers.stream().mapToInt(ConvLayer::stride).reduce(1, Math::multiplyExact);
    }

    /** Samples that one frame is computed from. */
    public int receptiveField() {
        int field = 1;
        for (ConvLayer layer : convLayers.reversed()) {
            field = (field - 1) * layer.stride + layer.kernelSize;
        }
        return field;
    }

    /** Frames of features of a number of samples: only those that are computed from samples alone. */
    public long frames(long samples) {
        return samples < receptiveField() ? 0 : (samples - receptiveField()) / hop() + 1;
    }
}
