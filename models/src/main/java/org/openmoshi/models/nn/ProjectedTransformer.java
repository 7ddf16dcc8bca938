package org.openmoshi.models.nn;

import org.jspecify.annotations.Nullable;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * A stack of {@link TransformerLayer}s between channels: linear maps without bias lead in and out ({@code input_proj},
 * {@code output_projs.0}) where the number of channels is not the transformer's own.
 */
public final class ProjectedTransformer implements Layer {
    private final @Nullable Linear inputProjection;
    private final @Nullable Linear outputProjection;
    private final Sequential layers;

    /** Registers the parameters. */
    public ProjectedTransformer(ModulePath at, TransformerConfig config) {
        int features = config.dModel();
        int in = config.inputDimension();
        int out = config.outputDimensions().getFirst();
        inputProjection = in == features ? null : new Linear(at.sub("input_proj"), in, features, false);
        layers = new Sequential(at.sub("transformer.layers"));
        for (int i = 0; i < config.numLayers(); i++) {
            layers.add(new TransformerLayer(layers.next(), config));
        }
        outputProjection = out == features ? null : new Linear(at.sub("output_projs.0"), features, out, false);
    }

    /** x: [B, in, T] -> [B, out, T]. */
    @Override
    public Tensor forward(Tensor x) {
        try (Scope scope = Scope.open()) {
            Tensor h = x.transpose(1, 2).contiguous(); // once, instead of in every layer that reads it
            h = inputProjection == null ? h : inputProjection.forward(h);
            h = layers.forward(h);
            h = outputProjection == null ? h : outputProjection.forward(h);
            return scope.keep(h.transpose(1, 2).contiguous());
        }
    }

    /** x: [B, T, in] -> [B, T, out]. */
    @Override
    public Tensor forward(Tensor x, StreamState state) {
        try (Scope scope = Scope.open()) {
            Tensor h = inputProjection == null ? x : inputProjection.forward(x, state);
            h = layers.forward(h, state);
            return scope.keep(outputProjection == null ? h : outputProjection.forward(h, state));
        }
    }
}
