package org.openmoshi.models.nn;

import org.jspecify.annotations.Nullable;
import org.openmoshi.autograd.Parameter;
import org.openmoshi.tensor.ComputeOp.PadMode;
import org.openmoshi.tensor.Functions;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * Causal convolution in time: an output step sees no input after its own stride. The input is padded on the left by the
 * kernel's span minus the stride, and on the right only as far as a last partial stride needs, so that T steps give
 * ceil(T / stride). Parameters {@code weight} [out, in / groups, kernel] (or {@code weight_g} and {@code weight_v}) and,
 * unless left out, {@code bias} [out].
 */
public final class Conv1d implements Layer {
    private final ConvWeight weight;
    private final @Nullable Parameter bias;
    private final ConvOptions options;

    /**
     * Registers the parameters.
     *
     * @throws IllegalArgumentException when the stride exceeds the kernel's span: samples would be skipped
     */
    public Conv1d(ModulePath at, int inChannels, int outChannels, ConvOptions options) {
        this(at, inChannels, outChannels, options, 1);
    }

    /**
     * Registers the parameters.
     *
     * @param gain how much larger than its input the output is at the start
     * @throws IllegalArgumentException when the stride exceeds the kernel's span: samples would be skipped
     */
    public Conv1d(ModulePath at, int inChannels, int outChannels, ConvOptions options, double gain) {
        if (options.overhang() < 0) {
            throw new IllegalArgumentException(
                    at + ": stride " + options.stride() + " exceeds the span of kernel size " + options.kernelSize());
        }
        this.options = options;
        long groupChannels = inChannels / options.groups();
        long fanIn = groupChannels * options.kernelSize();
        weight = new ConvWeight(
                at,
                options.weightNorm(),
                Init.deep(fanIn).times(gain),
                outChannels,
                groupChannels,
                options.kernelSize());
        Init biasInit = Init.fanIn(fanIn).times(Math.min(1, gain)); // a quiet output has no loud offset
        bias = options.hasBias() ? at.param("bias", biasInit, outChannels) : null;
    }

    /** x: [B, in, T] -> [B, out, ceil(T / stride)]. */
    @Override
    public Tensor forward(Tensor x) {
        int left = options.overhang();
        int right = Math.floorMod(-x.intDim(2), options.stride());
        boolean zeros = options.padMode() == PadMode.CONSTANT; // which the operation pads itself, without a copy
        try (Scope scope = Scope.open()) {
            return scope.keep(Functions.conv1d(
                    zeros ? x : x.pad(options.padMode(), 2, left, right, 0),
                    weight.value(),
                    bias == null ? null : bias.value(),
                    options.stride(),
                    zeros ? left : 0,
                    zeros ? right : 0,
                    options.dilation(),
                    options.groups()));
        }
    }
}
