package org.openmoshi.models.moshi;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.openmoshi.autograd.Tape;
import org.openmoshi.models.nn.Init;
import org.openmoshi.models.nn.Layer;
import org.openmoshi.models.nn.Linear;
import org.openmoshi.models.nn.Lora;
import org.openmoshi.models.nn.ModulePath;
import org.openmoshi.models.nn.Norms;
import org.openmoshi.models.nn.StateDict;
import org.openmoshi.models.nn.StreamState;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Generator;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * Moshi's language model (Moshi paper, section 3.4). At each frame the temporal transformer reads the sum of the
 * embeddings of all streams' tokens and predicts the text; the depth transformer, started anew at each frame, predicts
 * Moshi's audio codes one after the other. Parameters have the names of Kyutai's checkpoints.
 */
public final class MoshiModel implements AutoCloseable {
    private final MoshiConfig config;
    private final StateDict stateDict;
    private final List<TokenEmbedding> embeddings = new ArrayList<>();
    private final TokenEmbedding textEmbedding;
    private final Linear textHead;
    private final TransformerStack temporal;
    private final Layer outNorm;
    private final List<Linear> depthInputs = new ArrayList<>();
    private final List<TokenEmbedding> depthEmbeddings = new ArrayList<>();
    private final @Nullable TokenEmbedding depthTextEmbedding;
    private final @Nullable TransformerStack depth;
    private final List<Layer> depthNorms = new ArrayList<>();
    private final List<Linear> audioHeads = new ArrayList<>();
    private final List<Linear> extraHeads = new ArrayList<>();

    private MoshiModel(MoshiConfig config, StateDict stateDict, @Nullable Lora lora) {
        this.config = config;
        this.stateDict = stateDict;
        ModulePath at = stateDict.root().withLora(lora);
        int dim = config.dim();
        boolean normalised = config.normEmb();
        boolean pairs = config.demuxSecondTextStream();
        for (int i = 0; i < config.nQ(); i++) {
            embeddings.add(new TokenEmbedding(at.sub("emb").sub(i), config.card() + 1, dim, normalised, 0, false));
        }
        textEmbedding = new TokenEmbedding(at.sub("text_emb"), config.textCard() + 1, dim, normalised, 0, pairs);
        textHead = head(at.sub("text_linear"), dim, config.textCardOut());
        temporal = new TransformerStack(at.sub("transformer"), config.temporal());
        outNorm = Norms.create(at.sub("out_norm"), config.norm(), dim);
        if (config.depQ() > 0) {
            depthTextEmbedding = addDepth(at, pairs);
            depth = new TransformerStack(at.sub("depformer"), config.depth());
        } else {
            depthTextEmbedding = null;
            depth = null;
        }
        for (int i = 0; i < config.extraHeadsNumHeads(); i++) {
            extraHeads.add(new Linear(at.sub("extra_heads").sub(i), dim, config.extraHeadsDim(), false));
        }
        for (int i = 0; i < config.depQ(); i++) {
            audioHeads.add(head(at.sub("linears").sub(i), config.depformerDim(), config.card()));
        }
    }

    /** What leads into and out of the depth transformer. Returns its text embedding. */
    private TokenEmbedding addDepth(ModulePath at, boolean pairs) {
        int depthDim = config.depformerDim();
        int lowRank = config.depformerLowRankEmbeddings();
        List<Integer> schedule = config.depthSchedule();
        int sets = schedule.stream().mapToInt(i -> i + 1).max().orElse(config.depQ());
        for (int i = 0; i < (config.depformerMultiLinear() ? sets : 1); i++) {
            depthInputs.add(new Linear(at.sub("depformer_in").sub(i), config.dim(), depthDim, false));
        }
        for (int i = 0; i < config.depQ() - 1; i++) { // the last codes are never read
            ModulePath path = at.sub("depformer_emb").sub(i);
            depthEmbeddings.add(
                    new TokenEmbedding(path, config.card() + 1, depthDim, config.normEmb(), lowRank, false));
        }
        for (int i = 0; i < config.depQ() && !config.depformerNorm().equals("none"); i++) {
            depthNorms.add(Norms.create(at.sub("depformer_norms").sub(i), config.depformerNorm(), depthDim));
        }
        return new TokenEmbedding(
                at.sub("depformer_text_emb"), config.textCard() + 1, depthDim, config.normEmb(), lowRank, pairs);
    }

    private Linear head(ModulePath at, int in, int out) {
        return new Linear(at, in, out, config.biasProj(), Init.truncatedNormal(in));
    }

    /** A model with random parameters. */
    public static MoshiModel random(MoshiConfig config, Generator generator) {
        return new MoshiModel(config, StateDict.random(DType.F32, generator), null);
    }

    /** A model whose parameters are about to be loaded: all zeros until then. */
    public static MoshiModel zeros(MoshiConfig config) {
        return new MoshiModel(config, StateDict.zeros(DType.F32), null);
    }

    /** A random model with low-rank adapters on every linear layer, which change nothing at first. */
    public static MoshiModel adapted(MoshiConfig config, Lora lora, Generator generator) {
        return new MoshiModel(config, StateDict.random(DType.F32, generator), lora);
    }

    /** Names and shapes without memory for the values: to look at, not to compute with. */
    public static MoshiModel shapes(MoshiConfig config) {
        return new MoshiModel(config, StateDict.shapes(DType.F32), null);
    }

    /** The configuration. */
    public MoshiConfig config() {
        return config;
    }

    /** All parameters by path. */
    public StateDict stateDict() {
        return stateDict;
    }

    // ---- the parts, for training ----------------------------------------------------------------------------------

    /**
     * The temporal transformer: tokens int64 [B, streams, T] -> [B, T, dim], normalised.
     *
     * @param recompute a tape that is to compute each layer again in the backward pass, or null
     */
    public Tensor temporal(Tensor tokens, @Nullable Tape recompute) {
        return temporal(tokens, null, null, recompute);
    }

    /**
     * The temporal transformer under a condition.
     *
     * @param added [B, 1, dim], added to the embeddings of each step, or null
     * @param attended [B, S, dim], for a model with cross-attention, or null
     */
    public Tensor temporal(Tensor tokens, @Nullable Tensor added, @Nullable Tensor attended, @Nullable Tape recompute) {
        try (Scope scope = Scope.open()) {
            Tensor embedded = embed(tokens, added);
            return scope.keep(outNorm.forward(temporal.forward(embedded, attended, recompute)));
        }
    }

    private Tensor embed(Tensor tokens, @Nullable Tensor added) {
        try (Scope scope = Scope.open()) {
            Tensor sum = textEmbedding.forward(tokens.select(1, 0));
            for (int i = 0; i < embeddings.size(); i++) {
                sum = sum.add(embeddings.get(i).forward(tokens.select(1, i + 1)));
            }
            return scope.keep(added == null ? sum : sum.add(added));
        }
    }

    /** Logits of the text: [..., dim] -> [..., textCardOut]. */
    public Tensor textLogits(Tensor hidden) {
        return textHead.forward(hidden);
    }

    /** One of the extra outputs: [..., dim] -> logits [..., extraHeadsDim]. */
    public Tensor extraLogits(int head, Tensor hidden) {
        return extraHeads.get(head).forward(hidden);
    }

    /**
     * The depth transformer over all codes of each frame.
     *
     * @param tokens int64 [B, streams, T]: the tokens that the frames hold, text and audio
     * @param temporal the temporal transformer's output at the same frames, [B, T, dim]
     * @param recompute as in {@link #temporal(Tensor, Tape)}
     * @return [B * T, depQ, depformerDim], normalised for the heads
     */
    public Tensor depth(Tensor tokens, Tensor temporal, @Nullable Tape recompute) {
        if (depth == null) {
            throw new IllegalStateException("this model has no depth transformer (dep_q is 0)");
        }
        long frames = temporal.dim(0) * temporal.dim(1);
        try (Scope scope = Scope.open()) {
            Tensor[] steps = new Tensor[config.depQ()];
            for (int i = 0; i < steps.length; i++) {
                steps[i] = depthInput(i, temporal, tokens.select(1, i), null).reshape(frames, -1);
            }
            Tensor hidden = depth.forward(Tensor.stack(1, steps), null, recompute);
            if (depthNorms.isEmpty()) {
                return scope.keep(hidden);
            }
            for (int i = 0; i < steps.length; i++) {
                steps[i] = depthNorms.get(i).forward(hidden.select(1, i).contiguous());
            }
            return scope.keep(Tensor.stack(1, steps));
        }
    }

    /** What a step of the depth transformer reads: the frame's state and the token before, [B, T, depformerDim]. */
    private Tensor depthInput(int step, Tensor temporal, Tensor token, @Nullable StreamState state) {
        List<Integer> schedule = config.depthSchedule();
        int set = schedule.isEmpty() ? step : schedule.get(step);
        try (Scope scope = Scope.open()) {
            Linear input = depthInputs.get(config.depformerMultiLinear() ? set : 0);
            Tensor projected = state == null ? input.forward(temporal) : input.forward(temporal, state);
            TokenEmbedding embedding = step == 0 ? depthTextEmbedding : depthEmbeddings.get(step - 1);
            return scope.keep(Objects.requireNonNull(embedding).forward(token).add(projected));
        }
    }

    // ---- the parts, frame by frame --------------------------------------------------------------------------------

    /**
     * The temporal transformer over the next frames of a stream: tokens int64 [B, streams, T] -> [B, T, dim], normalised.
     *
     * @param added [B, 1, dim] as in {@link #temporal(Tensor, Tensor, Tensor, Tape)}, or null
     * @param attended [B, S, dim] likewise, or null
     */
    Tensor temporal(Tensor tokens, @Nullable Tensor added, @Nullable Tensor attended, StreamState state) {
        try (Scope scope = Scope.open()) {
            return scope.keep(outNorm.forward(temporal.stream(embed(tokens, added), attended, 0, state)));
        }
    }

    /** Logits of the text at the last of the next frames: hidden [B, T, dim] -> [B, textCardOut]. */
    Tensor textLogits(Tensor hidden, StreamState state) {
        try (Scope scope = Scope.open()) {
            Tensor last = hidden.slice(1, hidden.dim(1) - 1, hidden.dim(1));
            return scope.keep(textHead.forward(last, state).select(1, 0));
        }
    }

    /**
     * One step of the depth transformer.
     *
     * @param step the audio stream that is predicted
     * @param temporal the temporal transformer's output at the frame, [B, 1, dim]
     * @param token the frame's token before, int64 [B, 1]: text at step 0
     * @param state of this frame, with the steps before
     * @return logits [B, card]
     */
    Tensor depthLogits(int step, Tensor temporal, Tensor token, StreamState state) {
        try (Scope scope = Scope.open()) {
            Tensor hidden =
                    Objects.requireNonNull(depth).stream(depthInput(step, temporal, token, state), null, step, state);
            Tensor normalised =
                    depthNorms.isEmpty() ? hidden : depthNorms.get(step).forward(hidden);
            return scope.keep(audioHeads.get(step).forward(normalised, state).select(1, 0));
        }
    }

    /** Logits of an audio stream: [..., depformerDim] -> [..., card]. */
    public Tensor audioLogits(int stream, Tensor hidden) {
        return audioHeads.get(stream).forward(hidden);
    }

    @Override
    public void close() {
        stateDict.close();
    }
}
