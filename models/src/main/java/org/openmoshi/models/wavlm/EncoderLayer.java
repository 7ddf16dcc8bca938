package org.openmoshi.models.wavlm;

import org.openmoshi.models.nn.LayerNorm;
import org.openmoshi.models.nn.Linear;
import org.openmoshi.models.nn.ModulePath;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/** A transformer layer: attention and a two-layer network with GELU, normalised before each or after each sum. */
final class EncoderLayer {
    private final GatedAttention attention;
    private final LayerNorm attentionNorm;
    private final Linear fc1;
    private final Linear fc2;
    private final LayerNorm finalNorm;
    private final boolean layerNormFirst;

    EncoderLayer(ModulePath at, WavLmConfig config) {
        int features = config.encoderEmbedDim();
        layerNormFirst = config.layerNormFirst();
        attention = new GatedAttention(at.sub("self_attn"), config);
        attentionNorm = new LayerNorm(at.sub("self_attn_layer_norm"), features);
        fc1 = new Linear(at.sub("fc1"), features, config.encoderFfnEmbedDim(), true);
        fc2 = new Linear(at.sub("fc2"), config.encoderFfnEmbedDim(), features, true);
        finalNorm = new LayerNorm(at.sub("final_layer_norm"), features);
    }

    /** x: [B, T, features], positionBias: [H, T, T]; shape of x out. */
    Tensor forward(Tensor x, Tensor positionBias) {
        try (Scope scope = Scope.open()) {
            if (layerNormFirst) {
                Tensor mixed = x.add(attention.forward(attentionNorm.forward(x), positionBias));
                return scope.keep(mixed.add(inner(finalNorm.forward(mixed))));
            }
            Tensor mixed = attentionNorm.forward(x.add(attention.forward(x, positionBias)));
            return scope.keep(finalNorm.forward(mixed.add(inner(mixed))));
        }
    }

    private Tensor inner(Tensor x) {
        try (Scope scope = Scope.open()) {
            return scope.keep(fc2.forward(fc1.forward(x).gelu()));
        }
    }
}
