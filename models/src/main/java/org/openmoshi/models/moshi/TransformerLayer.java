package org.openmoshi.models.moshi;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.openmoshi.models.nn.GatedFeedForward;
import org.openmoshi.models.nn.Layer;
import org.openmoshi.models.nn.LayerNorm;
import org.openmoshi.models.nn.LayerScale;
import org.openmoshi.models.nn.Linear;
import org.openmoshi.models.nn.ModulePath;
import org.openmoshi.models.nn.Norms;
import org.openmoshi.models.nn.PerStep;
import org.openmoshi.models.nn.StreamState;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * A pre-norm layer of either transformer: self-attention, attention to a condition if there is one, and a feed-forward
 * network, each normalised before and added to what came in.
 */
final class TransformerLayer {
    private final Layer norm1;
    private final SelfAttention attention;
    private final @Nullable LayerScale scale1;
    private final @Nullable LayerNorm crossNorm;
    private final @Nullable CrossAttention crossAttention;
    private final @Nullable LayerScale crossScale;
    private final Layer norm2;
    private final PerStep feedForward;
    private final @Nullable LayerScale scale2;

    /** Registers the parameters. */
    TransformerLayer(ModulePath at, StackConfig config) {
        int dim = config.dim();
        attention = new SelfAttention(at.sub("self_attn"), config);
        norm1 = Norms.create(at.sub("norm1"), config.norm(), dim);
        norm2 = Norms.create(at.sub("norm2"), config.norm(), dim);
        feedForward = feedForward(at, config);
        crossAttention = config.crossAttention() ? new CrossAttention(at.sub("cross_attention"), config) : null;
        crossNorm = config.crossAttention() ? new LayerNorm(at.sub("norm_cross"), dim) : null;
        scale1 = scale(at.sub("layer_scale_1"), config);
        scale2 = scale(at.sub("layer_scale_2"), config);
        crossScale = config.crossAttention() ? scale(at.sub("layer_scale_cross"), config) : null;
    }

    private static @Nullable LayerScale scale(ModulePath at, StackConfig config) {
        return config.layerScale() == 0 ? null : new LayerScale(at, config.dim(), config.layerScale());
    }

    private static PerStep feedForward(ModulePath at, StackConfig config) {
        int dim = config.dim();
        if (config.gating().equals("none")) {
            Linear linear1 = new Linear(at.sub("linear1"), dim, config.dimFeedforward(0), false);
            Linear linear2 = new Linear(at.sub("linear2"), config.dimFeedforward(0), dim, false);
            return new PerStep(
                    List.of(), _ -> x -> linear2.forward(linear1.forward(x).gelu()));
        }
        ModulePath gating = at.sub("gating");
        boolean shared = config.schedule().isEmpty();
        return new PerStep(
                config.schedule(),
                i -> new GatedFeedForward(
                        shared ? gating : gating.sub(i), dim, config.dimFeedforward(i), config.gating()));
    }

    /**
     * x: [B, T, dim], same shape out.
     *
     * @param condition [B, S, dim] for a model with cross-attention, otherwise null
     * @param firstStep number of the first step, which chooses the weights where each step has its own
     * @param state what came before, or null for a whole sequence
     */
    Tensor forward(Tensor x, @Nullable Tensor condition, int firstStep, @Nullable StreamState state) {
        try (Scope scope = Scope.open()) {
            Tensor y = x.add(scaled(scale1, attention.forward(norm1.forward(x), firstStep, state)));
            if (crossAttention != null && crossNorm != null && condition != null) {
                y = y.add(scaled(crossScale, crossAttention.forward(crossNorm.forward(y), condition)));
            }
            return scope.keep(y.add(scaled(scale2, feedForward.forward(norm2.forward(y), firstStep, state))));
        }
    }

    private static Tensor scaled(@Nullable LayerScale scale, Tensor x) {
        return scale == null ? x : scale.forward(x);
    }
}
