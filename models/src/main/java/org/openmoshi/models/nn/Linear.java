package org.openmoshi.models.nn;

import org.jspecify.annotations.Nullable;
import org.openmoshi.autograd.Parameter;
import org.openmoshi.tensor.ComputeOp.PackedConv1d;
import org.openmoshi.tensor.Engine;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * y = x weight^T + bias: parameters {@code weight} [out, in] and, unless left out, {@code bias} [out]; on a path with
 * {@linkplain ModulePath#lora adapters} also those of {@link Lora}.
 */
public final class Linear implements Layer {
    private final String path;
    private final Parameter weight;
    private final @Nullable Parameter bias;
    private final @Nullable Lora lora;
    private final @Nullable Parameter loraA;
    private final @Nullable Parameter loraB;

    /** Registers the parameters; PyTorch's default initialisation. */
    public Linear(ModulePath at, long inFeatures, long outFeatures, boolean hasBias) {
        this(at, inFeatures, outFeatures, hasBias, Init.fanIn(inFeatures));
    }

    /** Registers the parameters, the weight starting as given. */
    public Linear(ModulePath at, long inFeatures, long outFeatures, boolean hasBias, Init init) {
        path = at.toString();
        weight = at.param("weight", init, outFeatures, inFeatures);
        bias = hasBias ? at.param("bias", Init.fanIn(inFeatures), outFeatures) : null;
        lora = at.lora();
        loraA = lora == null ? null : at.param("lora_A.weight", Init.fanIn(inFeatures), lora.rank(), inFeatures);
        loraB = lora == null ? null : at.param("lora_B.weight", Init.constant(0), outFeatures, lora.rank());
    }

    /** x: [..., in] -> [..., out]. */
    @Override
    public Tensor forward(Tensor x) {
        if (lora == null || loraA == null || loraB == null) {
            return plain(x);
        }
        try (Scope scope = Scope.open()) {
            Tensor adapted = x.linear(loraA.value()).linear(loraB.value());
            return scope.keep(plain(x).add(adapted.mul(lora.scaling())));
        }
    }

    private Tensor plain(Tensor x) {
        return bias == null ? x.linear(weight.value()) : x.linear(weight.value(), bias.value());
    }

    /** The same with packed weights, adapters merged into them: x [B, T, in] -> [B, T, out]. */
    @Override
    public Tensor forward(Tensor x, StreamState state) {
        Tensor panels = state.weights().panels(path, this::merged);
        PackedConv1d op = new PackedConv1d(weight.value().dim(0), 1, 1, 1, false);
        return bias == null ? Engine.run(op, x, panels) : Engine.run(op, x, panels, bias.value());
    }

    private Tensor merged() {
        if (lora == null || loraA == null || loraB == null) {
            return weight.value();
        }
        return weight.value().add(loraB.value().matmul(loraA.value()).mul(lora.scaling()));
    }
}
