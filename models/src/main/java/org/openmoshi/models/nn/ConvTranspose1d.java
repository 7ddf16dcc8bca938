package org.openmoshi.models.nn;

import org.jspecify.annotations.Nullable;
import org.openmoshi.autograd.Parameter;
import org.openmoshi.tensor.Functions;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * Causal transposed convolution: T steps give exactly T * stride. What the kernel hangs over beyond the stride is
 * trimmed on the right, so that an input step changes no output before its own. Parameters {@code weight} [in, out /
 * groups, kernel] (or {@code weight_g} and {@code weight_v}) and, unless left out, {@code bias} [out].
 */
public final class ConvTranspose1d implements Layer {
    private final ConvWeight weight;
    private final @Nullable Parameter bias;
    private final ConvOptions options;

    /**
     * Registers the parameters.
     *
     * @throws IllegalArgumentException when the stride exceeds the kernel's span: samples would stay empty
     */
    public ConvTranspose1d(ModulePath at, int inChannels, int outChannels, ConvOptions options) {
        if (options.overhang() < 0) {
            throw new IllegalArgumentException(
                    at + ": stride " + options.stride() + " exceeds the span of kernel size " + options.kernelSize());
        }
        this.options = options;
        long groupChannels = outChannels / options.groups();
        // each output is reached by every input channel and by kernelSize / stride steps
        double fanIn = (double) inChannels / options.groups() * options.kernelSize() / options.stride();
        weight = new ConvWeight(
                at, options.weightNorm(), Init.deep(fanIn), inChannels, groupChannels, options.kernelSize());
        // PyTorch's bound, which takes the second axis of a transposed weight for the fan-in
        bias = options.hasBias()
                ? at.param("bias", Init.fanIn(groupChannels * options.kernelSize()), outChannels)
                : null;
    }

    /** x: [B, in, T] -> [B, out, T * stride]. */
    @Override
    public Tensor forward(Tensor x) {
        try (Scope scope = Scope.open()) {
            return scope.keep(Functions.convTranspose1d(
                    x,
                    weight.value(),
                    bias == null ? null : bias.value(),
                    options.stride(),
                    0,
                    options.overhang(),
                    options.dilation(),
                    options.groups()));
        }
    }
}
