package org.openmoshi.models.moshi;

import org.jspecify.annotations.Nullable;
import org.openmoshi.models.nn.KvRing;
import org.openmoshi.models.nn.Linear;
import org.openmoshi.models.nn.ModulePath;
import org.openmoshi.models.nn.PerStep;
import org.openmoshi.models.nn.StreamState;
import org.openmoshi.tensor.Functions;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * Causal multi-head self-attention of either transformer: {@code in_projs.N.weight} maps to queries, keys and values,
 * {@code out_projs.N.weight} back, N being the set of weights of the step. Several query heads may share a key and value
 * head (grouped-query attention, Ainslie et al. 2023).
 */
final class SelfAttention {
    private final PerStep inProjections;
    private final PerStep outProjections;
    private final StackConfig config;
    private final String path;

    /** Registers the parameters. */
    SelfAttention(ModulePath at, StackConfig config) {
        this.config = config;
        path = at.toString();
        int dim = config.dim();
        long keyValueSize = (long) config.headSize() * (config.numHeads() / config.kvRepeat());
        outProjections = new PerStep(
                config.schedule(), i -> new Linear(at.sub("out_projs").sub(i), dim, dim, false));
        inProjections = new PerStep(
                config.schedule(), i -> new Linear(at.sub("in_projs").sub(i), dim, dim + 2 * keyValueSize, false));
    }

    /**
     * x: [B, T, dim], same shape out.
     *
     * @param firstStep number of the first step, which chooses the weights where each step has its own
     * @param state what came before, or null for a whole sequence
     */
    Tensor forward(Tensor x, int firstStep, @Nullable StreamState state) {
        long batch = x.dim(0);
        long steps = x.dim(1);
        int heads = config.numHeads();
        int keyValueHeads = heads / config.kvRepeat();
        int size = config.headSize();
        KvRing ring = state == null ? null : state.ring(path, heads, size, config.context());
        double scale = 1 / Math.sqrt(size);
        try (Scope scope = Scope.open()) {
            // [B, T, H + 2 KH, D] -> [B, H + 2 KH, T, D]
            Tensor projected = inProjections
                    .forward(x, firstStep, state)
                    .reshape(batch, steps, heads + 2L * keyValueHeads, size)
                    .transpose(1, 2);
            Tensor q = rotate(projected.slice(1, 0, heads), ring);
            Tensor k = repeat(rotate(projected.slice(1, heads, heads + keyValueHeads), ring));
            Tensor v = repeat(projected.slice(1, heads + keyValueHeads, heads + 2L * keyValueHeads));
            Tensor mixed = ring == null
                    ? Functions.attention(q, k, v, true, config.context(), scale)
                    : ring.attend(q, k, v, scale);
            return scope.keep(outProjections.forward(
                    mixed.transpose(1, 2).reshape(batch, steps, config.dim()), firstStep, state));
        }
    }

    /** Rotary positions, if the configuration has them: [B, H, T, D], same shape out. */
    private Tensor rotate(Tensor x, @Nullable KvRing ring) {
        return switch (config.positionalEmbedding()) {
            case "rope", "sin_rope" -> rope(x, ring);
            // Pairs (i, i + D/2) are brought side by side. Queries and keys alike stay in that order: their product
            // does not depend on it.
            case "rope_concat" ->
                rope(
                        x.reshape(x.dim(0), x.dim(1), x.dim(2), 2, x.dim(3) / 2)
                                .transpose(3, 4)
                                .reshape(x.shape()),
                        ring);
            default -> x;
        };
    }

    private Tensor rope(Tensor x, @Nullable KvRing ring) {
        return ring == null
                ? Functions.rope(x, config.maxPeriod(), 0)
                : Functions.rope(x, config.maxPeriod(), ring.position());
    }

    /** Each key or value head for all query heads that share it: [B, KH, T, D] -> [B, H, T, D]. */
    private Tensor repeat(Tensor x) {
        if (config.kvRepeat() == 1) {
            return x;
        }
        return x.unsqueeze(2)
                .expand(x.dim(0), x.dim(1), config.kvRepeat(), x.dim(2), x.dim(3))
                .reshape(x.dim(0), x.dim(1) * config.kvRepeat(), x.dim(2), x.dim(3));
    }
}
