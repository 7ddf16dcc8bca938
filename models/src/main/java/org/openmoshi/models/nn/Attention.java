package org.openmoshi.models.nn;

import org.openmoshi.tensor.Functions;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * Multi-head self-attention (Vaswani et al. 2017) with rotary positions: one projection to queries, keys and values
 * ({@code in_projs.0.weight} [3 features, features]) and one back ({@code out_projs.0.weight}), both without bias.
 */
public final class Attention {
    private final String path;
    private final Linear inProjection;
    private final Linear outProjection;
    private final TransformerConfig config;

    /** Registers the parameters. */
    public Attention(ModulePath at, TransformerConfig config) {
        this.config = config;
        path = at.toString();
        inProjection = new Linear(at.sub("in_projs.0"), config.dModel(), 3L * config.dModel(), false);
        outProjection = new Linear(at.sub("out_projs.0"), config.dModel(), config.dModel(), false);
    }

    /** x: [B, T, features], the first step at position 0; same shape out. */
    public Tensor forward(Tensor x) {
        long batch = x.dim(0);
        long steps = x.dim(1);
        int heads = config.numHeads();
        int headSize = config.dModel() / heads;
        try (Scope scope = Scope.open()) {
            // [B, T, 3, H, D] -> [3, B, H, T, D]
            Tensor projected = inProjection
                    .forward(x)
                    .reshape(batch, steps, 3, heads, headSize)
                    .permute(2, 0, 3, 1, 4);
            Tensor q = Functions.rope(projected.select(0, 0), config.maxPeriod(), 0);
            Tensor k = Functions.rope(projected.select(0, 1), config.maxPeriod(), 0);
            Tensor v = projected.select(0, 2);
            Tensor mixed = Functions.attention(q, k, v, config.causal(), config.context(), 1 / Math.sqrt(headSize));
            return scope.keep(outProjection.forward(mixed.transpose(1, 2).reshape(batch, steps, config.dModel())));
        }
    }

    /** The next steps of a stream; x: [B, T, features], same shape out. */
    public Tensor forward(Tensor x, StreamState state) {
        long batch = x.dim(0);
        long steps = x.dim(1);
        int heads = config.numHeads();
        int headSize = config.dModel() / heads;
        KvRing ring = state.ring(path, heads, headSize, config.context());
        try (Scope scope = Scope.open()) {
            // [B, T, 3 H, D] -> [B, 3 H, T, D]: queries, keys, values
            Tensor projected = inProjection
                    .forward(x, state)
                    .reshape(batch, steps, 3L * heads, headSize)
                    .transpose(1, 2);
            Tensor rotated = Functions.rope(projected.slice(1, 0, 2L * heads), config.maxPeriod(), ring.position());
            Tensor mixed = ring.attend(
                    rotated.slice(1, 0, heads),
                    rotated.slice(1, heads, 2L * heads),
                    projected.slice(1, 2L * heads, 3L * heads),
                    1 / Math.sqrt(headSize));
            Tensor joined = mixed.transpose(1, 2).reshape(batch, steps, config.dModel());
            return scope.keep(outProjection.forward(joined, state));
        }
    }
}
