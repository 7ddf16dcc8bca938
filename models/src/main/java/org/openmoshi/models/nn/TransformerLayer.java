package org.openmoshi.models.nn;

import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * A pre-norm transformer layer: attention and a two-layer network with GELU, each normalised before and scaled by a
 * {@link LayerScale} after, added to what came in.
 */
public final class TransformerLayer implements Layer {
    private final LayerNorm norm1;
    private final Attention attention;
    private final LayerScale scale1;
    private final LayerNorm norm2;
    private final Linear linear1;
    private final Linear linear2;
    private final LayerScale scale2;

    /** Registers the parameters. */
    public TransformerLayer(ModulePath at, TransformerConfig config) {
        int features = config.dModel();
        norm1 = new LayerNorm(at.sub("norm1"), features);
        attention = new Attention(at.sub("self_attn"), config);
        scale1 = new LayerScale(at.sub("layer_scale_1"), features, config.layerScale());
        norm2 = new LayerNorm(at.sub("norm2"), features);
        linear1 = new Linear(at.sub("linear1"), features, config.dimFeedforward(), false);
        linear2 = new Linear(at.sub("linear2"), config.dimFeedforward(), features, false);
        scale2 = new LayerScale(at.sub("layer_scale_2"), features, config.layerScale());
    }

    /** x: [B, T, features], same shape out. */
    @Override
    public Tensor forward(Tensor x) {
        try (Scope scope = Scope.open()) {
            Tensor mixed = x.add(scale1.forward(attention.forward(norm1.forward(x))));
            Tensor inner = linear1.forward(norm2.forward(mixed)).gelu();
            return scope.keep(mixed.add(scale2.forward(linear2.forward(inner))));
        }
    }

    @Override
    public Tensor forward(Tensor x, StreamState state) {
        try (Scope scope = Scope.open()) {
            Tensor mixed = x.add(scale1.forward(attention.forward(norm1.forward(x), state)));
            Tensor inner = linear1.forward(norm2.forward(mixed), state).gelu();
            return scope.keep(mixed.add(scale2.forward(linear2.forward(inner, state))));
        }
    }
}
