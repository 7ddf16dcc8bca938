package org.openmoshi.models.moshi;

import static org.openmoshi.models.config.Checks.oneOf;
import static org.openmoshi.models.config.Checks.positive;
import static org.openmoshi.models.config.Checks.require;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.openmoshi.models.config.ConfigException;
import org.openmoshi.models.config.ConfigReader;
import org.openmoshi.models.config.Suggestion;
import org.openmoshi.models.nn.GatedFeedForward;
import org.openmoshi.models.nn.Norms;

/**
 * The shape of a Moshi language model, with the keys of Kyutai's {@code config.json} (Moshi paper, section 3.4). {@link
 * #read} fills in what such a file leaves out.
 *
 * @param dim features of the temporal transformer
 * @param textCard size of the text vocabulary; its initial token is this number
 * @param textCardOut number of text tokens that can be predicted
 * @param existingTextPaddingId text token of a frame without text
 * @param existingTextEndPaddingId text token of the frame before a word
 * @param nQ number of audio streams that come in: Moshi's, then the user's
 * @param depQ number of audio streams that the depth transformer predicts; 0 for a model of text alone
 * @param card size of a codebook; the initial audio token is this number
 * @param numHeads attention heads of the temporal transformer
 * @param numLayers layers of the temporal transformer
 * @param hiddenScale size of the feed-forward network in multiples of dim
 * @param layerScale where the residual branches' scales start; 0 for none
 * @param context steps that temporal attention sees, the present one included; 0 for all
 * @param maxPeriod base of the temporal positions
 * @param gating activation of the gated feed-forward networks, or {@code none} for plain ones with GELU
 * @param norm normalisation, one of {@link Norms#NAMES}
 * @param normEmb whether embeddings are layer-normalised
 * @param biasProj whether the output heads have biases
 * @param positionalEmbedding {@code rope}, {@code rope_concat} (halves instead of interleaved pairs), {@code sin},
 *     {@code sin_rope} or {@code none}
 * @param positionalScale factor of sinusoidal positions
 * @param kvRepeat query heads that share a key and value head
 * @param crossAttention whether temporal layers attend to a condition
 * @param demuxSecondTextStream whether a text token is a pair of two streams' tokens
 * @param depformerDim features of the depth transformer
 * @param depformerDimFeedforward sizes of its feed-forward networks: one, or one per set of weights
 * @param depformerNumHeads its attention heads
 * @param depformerNumLayers its layers
 * @param depformerLayerScale like layerScale
 * @param depformerMultiLinear whether each step has its own projection from the temporal transformer
 * @param depformerGating like gating
 * @param depformerNorm normalisation before each head, or {@code none}
 * @param depformerPosEmb positions of the depth transformer
 * @param depformerMaxPeriod base of its positions
 * @param depformerKvRepeat like kvRepeat
 * @param depformerWeightsPerStep whether each step has its own weights
 * @param depformerWeightsPerStepSchedule which weights each step has; empty for one set per step
 * @param depformerLowRankEmbeddings inner size of its embeddings; 0 for full ones
 * @param extraHeadsNumHeads number of further outputs of the temporal transformer
 * @param extraHeadsDim size of each
 * @param delays frames by which each stream is delayed: the text's, then nQ audio streams'
 */
public record MoshiConfig(
        int dim,
        int textCard,
        int textCardOut,
        int existingTextPaddingId,
        int existingTextEndPaddingId,
        int nQ,
        int depQ,
        int card,
        int numHeads,
        int numLayers,
        double hiddenScale,
        double layerScale,
        int context,
        double maxPeriod,
        String gating,
        String norm,
        boolean normEmb,
        boolean biasProj,
        String positionalEmbedding,
        double positionalScale,
        int kvRepeat,
        boolean crossAttention,
        boolean demuxSecondTextStream,
        int depformerDim,
        List<Integer> depformerDimFeedforward,
        int depformerNumHeads,
        int depformerNumLayers,
        double depformerLayerScale,
        boolean depformerMultiLinear,
        String depformerGating,
        String depformerNorm,
        String depformerPosEmb,
        double depformerMaxPeriod,
        int depformerKvRepeat,
        boolean depformerWeightsPerStep,
        List<Integer> depformerWeightsPerStepSchedule,
        int depformerLowRankEmbeddings,
        int extraHeadsNumHeads,
        int extraHeadsDim,
        List<Integer> delays) {
    /** The token that contributes nothing and is not predicted. */
    public static final int ZERO_TOKEN = -1;

    /** The token that stands where one is yet to be generated. */
    public static final int UNGENERATED_TOKEN = -2;

    private static final List<String> POSITIONS = List.of("rope", "rope_concat", "sin", "sin_rope", "none");

    /** Checks the values. */
    public MoshiConfig {
        positive("dim", dim);
        positive("text_card", textCard);
        positive("text_card_out", textCardOut);
        require(nQ >= 0, "n_q is " + nQ + ", must not be negative");
        require(depQ >= 0 && depQ <= nQ, "dep_q is " + depQ + ", must be from 0 to n_q, which is " + nQ);
        positive("card", card);
        divides("dim", dim, "num_heads", numHeads, positionalEmbedding);
        positive("num_layers", numLayers);
        require(hiddenScale > 0 && hiddenScale < 1e3, "hidden_scale is " + hiddenScale + ", must be positive");
        require(layerScale >= 0, "layer_scale is " + layerScale + ", must be positive, or null for none");
        require(context >= 0, "context is " + context + ", must be positive, or null for no limit");
        require(maxPeriod > 1, "max_period is " + maxPeriod + ", must be above 1");
        gating("gating", gating);
        oneOf("norm", norm, Norms.NAMES.toArray(new String[0]));
        oneOf("positional_embedding", positionalEmbedding, POSITIONS.toArray(new String[0]));
        repeats("kv_repeat", kvRepeat, numHeads);
        positive("depformer_dim", depformerDim);
        divides("depformer_dim", depformerDim, "depformer_num_heads", depformerNumHeads, depformerPosEmb);
        positive("depformer_num_layers", depformerNumLayers);
        require(depformerLayerScale >= 0, "depformer_layer_scale is " + depformerLayerScale + ", must be positive");
        gating("depformer_gating", depformerGating);
        if (!depformerNorm.equals("none")) {
            oneOf("depformer_norm", depformerNorm, Norms.NAMES.toArray(new String[0]));
        }
        oneOf("depformer_pos_emb", depformerPosEmb, POSITIONS.toArray(new String[0]));
        require(depformerMaxPeriod > 1, "depformer_max_period is " + depformerMaxPeriod + ", must be above 1");
        repeats("depformer_kv_repeat", depformerKvRepeat, depformerNumHeads);
        require(depformerLowRankEmbeddings >= 0, "depformer_low_rank_embeddings is negative");
        require(extraHeadsNumHeads >= 0, "extra_heads_num_heads is negative");
        positive("extra_heads_dim", extraHeadsDim);
        require(
                delays.size() == nQ + 1,
                "delays has " + delays.size() + " entries, must have n_q + 1 = " + (nQ + 1) + " (the text's first)");
        require(delays.stream().allMatch(delay -> delay >= 0), "delays has a negative entry: " + delays);
        require(
                depformerWeightsPerStepSchedule.isEmpty() || depformerWeightsPerStepSchedule.size() == depQ,
                "depformer_weights_per_step_schedule has " + depformerWeightsPerStepSchedule.size()
                        + " entries, must have dep_q = " + depQ);
        require(
                depformerWeightsPerStepSchedule.stream().allMatch(i -> i >= 0 && i < depQ),
                "depformer_weights_per_step_schedule has entries outside 0 to " + (depQ - 1));
        int sizes = depformerDimFeedforward.size();
        int sets = sets(depformerWeightsPerStep, depformerWeightsPerStepSchedule, depQ);
        require(
                sizes == 1 || sizes == sets,
                "depformer_dim_feedforward has " + sizes + " entries, must have 1 or one per set of weights: " + sets);
        delays = List.copyOf(delays);
        depformerDimFeedforward = List.copyOf(depformerDimFeedforward);
        depformerWeightsPerStepSchedule = List.copyOf(depformerWeightsPerStepSchedule);
    }

    private static void divides(String key, int dim, String headsKey, int heads, String positions) {
        positive(headsKey, heads);
        require(dim % heads == 0, key + " " + dim + " does not divide into " + heads + " heads (" + headsKey + ")");
        require(
                !positions.contains("rope") || dim / heads % 2 == 0,
                "rotary positions need heads of an even size, not " + dim / heads + " (" + key + " / " + headsKey
                        + ")");
    }

    private static void gating(String key, String value) {
        if (!value.equals("none")) {
            oneOf(key, value, GatedFeedForward.ACTIVATIONS.toArray(new String[0]));
        }
    }

    private static void repeats(String key, int repeat, int heads) {
        require(repeat >= 1 && heads % repeat == 0, key + " is " + repeat + ", must divide the " + heads + " heads");
    }

    private static int sets(boolean perStep, List<Integer> schedule, int steps) {
        if (!perStep) {
            return 1;
        }
        return schedule.stream().mapToInt(i -> i + 1).max().orElse(steps);
    }

    // ---- reading --------------------------------------------------------------------------------------------------

    /** Keys of Kyutai's files that do not describe the model: loading, sampling, and what no longer has a meaning. */
    private static final Set<String> OTHER_KEYS = Set.of(
            "moshi_name",
            "mimi_name",
            "tokenizer_name",
            "lora",
            "lora_name",
            "lora_rank",
            "lora_scaling",
            "model_type",
            "model_id",
            "stt_config",
            "tts_config",
            "lm_gen_config",
            "quantize",
            "gradient_checkpointing",
            "depformer_causal",
            "depformer_context",
            "cross_attention_pos_emb",
            "cache_cross_attention",
            "conditioners",
            "fuser");

    /** Reads a {@code config.json} or YAML file. */
    public static MoshiConfig read(Path file) {
        return read(file.toString(), ConfigReader.parse(file));
    }

    /**
     * Reads a tree in Kyutai's form, whose defaults stand for what is missing or null.
     *
     * @param source what messages call it
     */
    public static MoshiConfig read(String source, JsonNode given) {
        if (!(given instanceof ObjectNode)) {
            throw new ConfigException(source + " is not a mapping of keys to values");
        }
        ObjectNode tree = ConfigReader.parse("the defaults", DEFAULTS);
        given.properties().forEach(entry -> {
            String key = entry.getKey().equals("demux_second_stream") ? "demux_second_text_stream" : entry.getKey();
            if (key.equals("causal")) {
                require(entry.getValue().asBoolean(true), source + ": causal must be true");
            } else if (!OTHER_KEYS.contains(key) && !entry.getValue().isNull()) {
                tree.set(key, entry.getValue());
            }
        });
        fill(tree);
        return ConfigReader.read(source, tree, MoshiConfig.class);
    }

    /** Values that follow from others. */
    private static void fill(ObjectNode tree) {
        if (!tree.has("text_card_out")) {
            tree.set("text_card_out", tree.path("text_card"));
        }
        for (String key : List.of("gating", "kv_repeat", "layer_scale")) {
            if (!tree.has("depformer_" + key)) {
                tree.set("depformer_" + key, tree.path(key));
            }
        }
        if (!tree.has("depformer_num_heads")) {
            tree.set("depformer_num_heads", tree.path("num_heads"));
        }
        if (!tree.has("depformer_num_layers")) {
            tree.set("depformer_num_layers", tree.path("num_layers"));
        }
        if (!tree.has("depformer_max_period")) {
            tree.set("depformer_max_period", tree.path("max_period"));
        }
        JsonNode sizes = tree.path("depformer_dim_feedforward");
        if (!sizes.isArray()) {
            ArrayNode list = tree.putArray("depformer_dim_feedforward");
            list.add(
                    sizes.isNumber()
                            ? sizes.asInt()
                            : (int) (tree.path("hidden_scale").asDouble()
                                    * tree.path("depformer_dim").asInt()));
        }
    }

    private static final String DEFAULTS = """
            dim: 128
            text_card: 32000
            existing_text_padding_id: 3
            existing_text_end_padding_id: 0
            n_q: 8
            dep_q: 8
            card: 1024
            num_heads: 8
            num_layers: 6
            hidden_scale: 4
            layer_scale: 0
            context: 0
            max_period: 10000
            gating: none
            norm: layer_norm
            norm_emb: false
            bias_proj: false
            positional_embedding: sin
            positional_scale: 1
            kv_repeat: 1
            cross_attention: false
            demux_second_text_stream: false
            depformer_dim: 256
            depformer_multi_linear: false
            depformer_norm: none
            depformer_pos_emb: sin
            depformer_weights_per_step: false
            depformer_weights_per_step_schedule: []
            depformer_low_rank_embeddings: 0
            extra_heads_num_heads: 0
            extra_heads_dim: 6
            """;

    /** Names of the shipped configurations. */
    public static final List<String> PRESETS = List.of("moshi-7b", "moshi-2b", "small", "tiny");

    /**
     * A shipped configuration, or a YAML or JSON file.
     *
     * @throws ConfigException when it is neither
     */
    public static MoshiConfig named(String nameOrFile) {
        if (!PRESETS.contains(nameOrFile)) {
            Path file = Path.of(nameOrFile);
            if (!Files.exists(file)) {
                throw new ConfigException("no language model configuration '" + nameOrFile + "': name one of "
                        + String.join(", ", PRESETS) + " or a YAML file" + Suggestion.nearest(nameOrFile, PRESETS));
            }
            return read(file);
        }
        try (InputStream stream = MoshiConfig.class.getResourceAsStream(nameOrFile + ".yaml")) {
            if (stream == null) {
                throw new IOException("resource " + nameOrFile + ".yaml is missing");
            }
            String yaml = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            return read(nameOrFile, ConfigReader.parse(nameOrFile, yaml));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The configuration as Kyutai's {@code config.json} writes it, which {@link #read} reads. */
    public ObjectNode toTree() {
        ObjectNode tree = ConfigReader.toTree(this);
        tree.put("causal", true);
        for (String key : List.of("layer_scale", "depformer_layer_scale", "context", "depformer_low_rank_embeddings")) {
            if (tree.get(key).asDouble() == 0) {
                tree.putNull(key);
            }
        }
        if (depformerNorm.equals("none")) {
            tree.putNull("depformer_norm");
        }
        if (depformerWeightsPerStepSchedule.isEmpty()) {
            tree.putNull("depformer_weights_per_step_schedule");
        }
        return tree;
    }

    /** The same model for other vocabularies. */
    public MoshiConfig withVocabularies(int text, int codebook) {
        ObjectNode tree = toTree();
        tree.put("text_card", text).put("text_card_out", text).put("card", codebook);
        return read("the configuration", tree);
    }

    // ---- what follows ---------------------------------------------------------------------------------------------

    /** Number of streams: the text and nQ of audio. */
    public int streams() {
        return nQ + 1;
    }

    /** The token that stands before the first frame of a stream: the size of its vocabulary. */
    public int initialToken(int stream) {
        return stream == 0 ? textCard : card;
    }

    /** The largest delay of a stream. */
    public int maxDelay() {
        return delays.stream().mapToInt(Integer::intValue).max().orElse(0);
    }

    /** Which set of weights each step of the depth transformer has; empty when all have the same. */
    List<Integer> depthSchedule() {
        if (!depformerWeightsPerStep) {
            return List.of();
        }
        return depformerWeightsPerStepSchedule.isEmpty()
                ? IntStream.range(0, depQ).boxed().toList()
                : depformerWeightsPerStepSchedule;
    }

    /** The shape of the temporal transformer. */
    StackConfig temporal() {
        return new StackConfig(
                dim,
                numHeads,
                numLayers,
                List.of((int) (hiddenScale * dim)),
                layerScale,
                context,
                maxPeriod,
                gating,
                norm,
                positionalEmbedding,
                positionalScale,
                kvRepeat,
                crossAttention,
                List.of());
    }

    /** The shape of the depth transformer, whose context is a whole frame. */
    StackConfig depth() {
        return new StackConfig(
                depformerDim,
                depformerNumHeads,
                depformerNumLayers,
                depformerDimFeedforward,
                depformerLayerScale,
                depQ,
                depformerMaxPeriod,
                depformerGating,
                norm,
                depformerPosEmb,
                positionalScale,
                depformerKvRepeat,
                false,
                depthSchedule());
    }
}
