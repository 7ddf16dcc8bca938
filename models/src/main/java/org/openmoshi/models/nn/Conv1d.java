package org.openmoshi.models.nn;

import org.jspecify.annotations.Nullable;
import org.openmoshi.autograd.Parameter;
import org.openmoshi.tensor.ComputeOp.PackedConv1d;
import org.openmoshi.tensor.ComputeOp.PadMode;
import org.openmoshi.tensor.Engine;
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
    private final String path;
    private final ConvWeight weight;
    private final @Nullable Parameter bias;
    private final ConvOptions options;
    private final int outChannels;

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
        this.outChannels = outChannels;
        path = at.toString();
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

    /** x: [B, T, in] -> [B, T / stride, out]; T is a multiple of the stride. */
    @Override
    public Tensor forward(Tensor x, StreamState state) {
        if (x.dim(1) % options.stride() != 0) {
            throw new IllegalArgumentException(
                    path + ": a chunk of " + x.dim(1) + " steps is no multiple of stride " + options.stride());
        }
        try (Scope scope = Scope.open()) {
            Tensor window = state.window(path, x, options.overhang(), options.padMode() == PadMode.REPLICATE);
            if (options.groups() > 1) {
                return scope.keep(inGroups(window));
            }
            Tensor panels = state.weights().panels(path, weight::value);
            PackedConv1d op =
                    new PackedConv1d(outChannels, options.kernelSize(), options.stride(), options.dilation(), false);
            return scope.keep(
                    bias == null ? Engine.run(op, window, panels) : Engine.run(op, window, panels, bias.value()));
        }
    }

    // window: [B, T, in] -> [B, T', out]
    private Tensor inGroups(Tensor window) {
        Tensor y = Functions.conv1d(
                window.transpose(1, 2).contiguous(),
                weight.value(),
                bias == null ? null : bias.value(),
                options.stride(),
                0,
                0,
                options.dilation(),
                options.groups());
        return y.transpose(1, 2).contiguous();
    }
}
