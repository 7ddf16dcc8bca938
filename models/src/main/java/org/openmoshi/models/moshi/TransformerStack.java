package org.openmoshi.models.moshi;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.openmoshi.autograd.Tape;
import org.openmoshi.models.nn.ModulePath;
import org.openmoshi.models.nn.StreamState;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/** The layers of one of the two transformers ({@code layers.N}), after sinusoidal positions if it has such. */
final class TransformerStack {
    private final List<TransformerLayer> layers = new ArrayList<>();
    private final StackConfig config;
    private final String path;

    /** Registers the parameters. */
    TransformerStack(ModulePath at, StackConfig config) {
        this.config = config;
        path = at.toString();
        for (int i = 0; i < config.numLayers(); i++) {
            layers.add(new TransformerLayer(at.sub("layers").sub(i), config));
        }
    }

    /**
     * x: [B, T, dim], the first step at position 0; same shape out.
     *
     * @param condition [B, S, dim] for cross-attention, or null
     * @param recompute the tape that is to compute each layer again in the backward pass instead of keeping its
     *     activations, or null to keep them
     */
    Tensor forward(Tensor x, @Nullable Tensor condition, @Nullable Tape recompute) {
        check(condition);
        try (Scope scope = Scope.open()) {
            Tensor h = sinusoidal() ? x.add(positions(x, null)) : x;
            for (TransformerLayer layer : layers) {
                h = recompute == null
                        ? layer.forward(h, condition, 0, null)
                        : recomputed(layer, h, condition, recompute);
            }
            return scope.keep(h);
        }
    }

    /**
     * The next steps of a stream: x [B, T, dim], same shape out.
     *
     * @param firstStep number of the first step, which chooses the weights where each step has its own
     */
    Tensor stream(Tensor x, @Nullable Tensor condition, int firstStep, StreamState state) {
        check(condition);
        try (Scope scope = Scope.open()) {
            Tensor h = x;
            if (sinusoidal()) {
                Tensor position = state.tensor(path + ".position", DType.I64);
                h = x.add(positions(x, position));
                position.copyFrom_(position.add(state.progress(x.intDim(1))));
            }
            for (TransformerLayer layer : layers) {
                h = layer.forward(h, condition, firstStep, state);
            }
            return scope.keep(h);
        }
    }

    private boolean sinusoidal() {
        return config.positionalEmbedding().startsWith("sin");
    }

    private void check(@Nullable Tensor condition) {
        if (config.crossAttention() == (condition == null)) {
            throw new IllegalArgumentException(
                    condition == null
                            ? "this model attends to a condition: give one"
                            : "this model has no cross-attention: give no condition for it");
        }
    }

    private static Tensor recomputed(TransformerLayer layer, Tensor h, @Nullable Tensor condition, Tape tape) {
        return condition == null
                ? tape.checkpoint(in -> new Tensor[] {layer.forward(in[0], null, 0, null)}, h)[0]
                : tape.checkpoint(in -> new Tensor[] {layer.forward(in[0], in[1], 0, null)}, h, condition)[0];
    }

    /**
     * Sinusoidal positions (Vaswani et al. 2017) in Kyutai's layout, all cosines before all sines, the slowest with the
     * full period: [1 or B, T, dim].
     *
     * @param first position of each item's first step, int64 [B], or null for 0
     */
    private Tensor positions(Tensor x, @Nullable Tensor first) {
        int half = config.dim() / 2;
        try (Scope scope = Scope.open()) {
            Tensor steps = Tensor.arange(DType.F64, x.dim(1)).reshape(1, -1, 1);
            steps = first == null ? steps : steps.add(first.cast(DType.F64).reshape(-1, 1, 1));
            Tensor rates = Tensor.arange(DType.F64, half)
                    .mul(-Math.log(config.maxPeriod()) / (half - 1))
                    .exp();
            Tensor phase = steps.mul(rates.reshape(1, 1, -1));
            return scope.keep(Tensor.concat(-1, phase.cos(), phase.sin())
                    .mul(config.positionalScale())
                    .cast(x.dtype()));
        }
    }
}
