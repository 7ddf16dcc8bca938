package org.openmoshi.models.moshi;

import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.openmoshi.autograd.Tape;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Functions;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;

/**
 * Cross-entropies of one batch, in nats: weighted means over text and over audio tokens (Moshi paper, section 4.4), and
 * the plain mean of each stream for the log. Tensors of the scope in which it was made.
 *
 * @param text scalar
 * @param audio scalar; zero for a model without audio
 * @param streams [1 + depQ]: unweighted mean of each predicted stream, without gradient; NaN for one without targets
 */
public record MoshiLoss(Tensor text, Tensor audio, Tensor streams) {
    /** Elements of logits that are held at a time: 64 MB in float32. */
    private static final long CHUNK = 1L << 24;

    /**
     * How much the kinds of tokens count.
     *
     * @param semantic weight of the first codebook's tokens, where the other ones' weight is 1 (alpha_1 of the paper)
     * @param padding weight of text tokens that are padding, where words' weight is 1
     */
    public record Weights(double semantic, double padding) {
        /** The paper's: 100 and 0.5. */
        public static final Weights PAPER = new Weights(100, 0.5);
    }

    /** text + audio. */
    public Tensor total() {
        return text.add(audio);
    }

    /**
     * Runs the model on a batch.
     *
     * @param codes int64 [B, streams, T]: text, Moshi's audio, the user's audio; -1 where nothing stands
     * @param tape records the computation, or null where no gradient is wanted
     * @param recompute whether layers are computed again in the backward pass, which saves their activations
     */
    public static MoshiLoss of(
            MoshiModel model, Tensor codes, Weights weights, @Nullable Tape tape, boolean recompute) {
        MoshiConfig config = model.config();
        Tape layers = recompute ? tape : null;
        try (Scope scope = Scope.open()) {
            DelayedCodes delayed = DelayedCodes.of(codes, config);
            Tensor temporal = model.temporal(delayed.inputs(), layers);
            Tensor[] streams = new Tensor[1 + config.depQ()];

            Tensor textTargets = delayed.targets().select(1, 0).reshape(-1);
            Tensor textWeights = textWeights(textTargets, config, weights.padding());
            Mean text = new Mean();
            streams[0] = text.add(
                    model::textLogits,
                    config.textCardOut(),
                    temporal.reshape(-1, config.dim()),
                    textTargets,
                    textWeights,
                    tape);

            Mean audio = new Mean();
            if (config.depQ() > 0) {
                Tensor depth = model.depth(delayed.tokens(), temporal, layers);
                for (int i = 0; i < config.depQ(); i++) {
                    int stream = i;
                    Tensor targets = delayed.targets().select(1, i + 1).reshape(-1);
                    Tensor weight = present(targets).mul(i == 0 ? weights.semantic() : 1);
                    streams[i + 1] = audio.add(
                            hidden -> model.audioLogits(stream, hidden),
                            config.card(),
                            depth.select(1, i),
                            targets,
                            weight,
                            tape);
                }
            }
            return new MoshiLoss(
                    scope.keep(text.value(codes)),
                    scope.keep(audio.value(codes)),
                    scope.keep(Tensor.stack(0, streams)));
        }
    }

    /** [N] of 1 where there is a target. */
    private static Tensor present(Tensor targets) {
        return targets.ge(targets.zerosLike()).cast(DType.F32);
    }

    private static Tensor textWeights(Tensor targets, MoshiConfig config, double padding) {
        Tensor weights = present(targets);
        for (int id : List.of(config.existingTextPaddingId(), config.existingTextEndPaddingId())) {
            Tensor token = Tensor.full(targets.backend(), DType.I64, id, targets.shape());
            weights = targets.eq(token).where(weights.mul(padding), weights);
        }
        return weights;
    }

    /** A weighted mean that is gathered stream by stream. */
    private static final class Mean {
        private @Nullable Tensor sum;
        private @Nullable Tensor weight;

        /** Adds a stream of hidden [N, D], targets and weights [N]; returns the stream's unweighted mean. */
        Tensor add(
                UnaryOperator<Tensor> head,
                int vocabulary,
                Tensor hidden,
                Tensor targets,
                Tensor weights,
                @Nullable Tape tape) {
            Tensor losses = losses(head, vocabulary, hidden, targets, tape);
            Tensor weighted = losses.mul(weights).sum();
            sum = sum == null ? weighted : sum.add(weighted);
            weight = weight == null ? weights.sum() : weight.add(weights.sum());
            return Tape.withoutRecording(() -> losses.sum().div(present(targets).sum()));
        }

        /** The mean; zero where nothing has a weight. */
        Tensor value(Tensor like) {
            return sum == null || weight == null
                    ? Tensor.full(like.backend(), DType.F32, 0, Shape.of())
                    : sum.div(weight.clamp(Float.MIN_NORMAL, Double.MAX_VALUE));
        }
    }

    /** Losses [N] of chunks of rows, whose logits are made one after the other, and again in the backward pass. */
    private static Tensor losses(
            UnaryOperator<Tensor> head, int vocabulary, Tensor hidden, Tensor targets, @Nullable Tape tape) {
        long rows = hidden.dim(0);
        int chunks = (int) Math.max(1, Math.ceilDiv(rows * vocabulary, CHUNK));
        if (chunks == 1) {
            return Functions.crossEntropy(head.apply(hidden), targets, null);
        }
        Tensor[] parts = new Tensor[chunks];
        for (int i = 0; i < chunks; i++) {
            Tensor part = hidden.slice(0, rows * i / chunks, rows * (i + 1) / chunks);
            Tensor wanted = targets.slice(0, rows * i / chunks, rows * (i + 1) / chunks);
            parts[i] = tape == null
                    ? crossEntropy(head, part, wanted)
                    : tape.checkpoint(in -> new Tensor[] {crossEntropy(head, in[0], in[1])}, part, wanted)[0];
        }
        return Tensor.concat(0, parts);
    }

    private static Tensor crossEntropy(UnaryOperator<Tensor> head, Tensor hidden, Tensor targets) {
        try (Scope scope = Scope.open()) {
            return scope.keep(Functions.crossEntropy(head.apply(hidden), targets, null));
        }
    }
}
