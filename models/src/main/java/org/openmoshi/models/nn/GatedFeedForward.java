package org.openmoshi.models.nn;

import java.util.List;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * A gated feed-forward network (Shazeer 2020): {@code linear_in} maps to twice the inner size, one half passes an
 * activation and multiplies the other, {@code linear_out} maps back; no biases.
 */
public final class GatedFeedForward implements Layer {
    /** The activations that a configuration can name. */
    public static final List<String> ACTIVATIONS =
            List.of("silu", "sigmoid", "tanh", "relu", "elu", "gelu", "identity");

    private final Linear linearIn;
    private final Linear linearOut;
    private final Layer activation;

    /**
     * Registers the parameters.
     *
     * @param dimFeedforward size of the plain network that this one replaces at about the same cost; the inner size
     *     follows from it ({@link #innerSize})
     */
    public GatedFeedForward(ModulePath at, int features, int dimFeedforward, String activation) {
        int inner = innerSize(features, dimFeedforward);
        linearIn = new Linear(at.sub("linear_in"), features, 2L * inner, false);
        linearOut = new Linear(at.sub("linear_out"), inner, features, false);
        this.activation = activation(activation);
    }

    /** Kyutai's rule: 21/8 of the features for the usual factor of four, otherwise two thirds of the given size. */
    public static int innerSize(int features, int dimFeedforward) {
        return dimFeedforward == 4 * features ? 21 * features / 8 : 2 * dimFeedforward / 3;
    }

    /** x: [..., features], same shape out. */
    @Override
    public Tensor forward(Tensor x) {
        try (Scope scope = Scope.open()) {
            return scope.keep(linearOut.forward(gated(linearIn.forward(x))));
        }
    }

    @Override
    public Tensor forward(Tensor x, StreamState state) {
        try (Scope scope = Scope.open()) {
            return scope.keep(linearOut.forward(gated(linearIn.forward(x, state)), state));
        }
    }

    private Tensor gated(Tensor both) {
        long inner = both.dim(-1) / 2;
        return activation.forward(both.slice(-1, 0, inner)).mul(both.slice(-1, inner, 2 * inner));
    }

    private static Layer activation(String name) {
        return switch (name) {
            case "silu" -> Tensor::silu;
            case "sigmoid" -> Tensor::sigmoid;
            case "tanh" -> Tensor::tanh;
            case "relu" -> Tensor::relu;
            case "elu" -> Tensor::elu;
            case "gelu" -> Tensor::gelu;
            case "identity" -> x -> x;
            default ->
                throw new IllegalArgumentException(
                        "no gating is called '" + name + "', only " + ACTIVATIONS + " and none");
        };
    }
}
