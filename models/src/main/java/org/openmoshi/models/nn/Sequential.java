package org.openmoshi.models.nn;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.openmoshi.tensor.Tensor;

/**
 * Layers one after the other, numbered from 0 in the state dict; one without parameters takes a number, too. Each
 * result is freed as soon as the next one is there.
 */
public final class Sequential implements Layer {
    private final ModulePath at;
    private final List<Layer> layers = new ArrayList<>();

    /** An empty sequence. */
    public Sequential(ModulePath at) {
        this.at = at;
    }

    /** The path at which the next layer registers its parameters. */
    public ModulePath next() {
        return at.sub(layers.size());
    }

    /** Appends a layer. */
    public void add(Layer layer) {
        layers.add(layer);
    }

    @Override
    public Tensor forward(Tensor x) {
        return forward(x, Layer::forward);
    }

    @Override
    public Tensor forward(Tensor x, StreamState state) {
        return forward(x, (layer, h) -> layer.forward(h, state));
    }

    private Tensor forward(Tensor x, BiFunction<Layer, Tensor, Tensor> step) {
        Tensor h = x;
        for (Layer layer : layers) {
            Tensor y = step.apply(layer, h);
            if (h != x) {
                h.close();
            }
            h = y;
        }
        return h;
    }
}
