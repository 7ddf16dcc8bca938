package org.openmoshi.models.nn;

import java.util.ArrayList;
import java.util.List;
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
        Tensor h = x;
        for (Layer layer : layers) {
            Tensor y = layer.forward(h);
            if (h != x) {
                h.close();
            }
            h = y;
        }
        return h;
    }
}
