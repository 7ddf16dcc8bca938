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
 * Causal transposed convolution: T steps give exactly T * stride. What the kernel hangs over beyond the stride is
 * trimmed on the right, so that an input step changes no output before its own. Parameters {@code weight} [in, out /
 * groups, kernel] (or {@code weight_g} and {@code weight_v}) and, unless left out, {@code bias} [out].
 */
public final class ConvTranspose1d implements Layer {
    private final String path;
    private final ConvWeight weight;
    private final @Nullable Parameter bias;
    private final ConvOptions options;
    private final int outChannels;

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
        this.outChannels = outChannels;
        path = at.toString();
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

    /** x: [B, T, in] -> [B, T * stride, out]. */
    @Override
    public Tensor forward(Tensor x, StreamState state) {
        int stride = options.stride();
        int span = options.dilation() * (options.kernelSize() - 1) + 1;
        int taps = Math.ceilDiv(span, stride); // input steps that reach one output
        try (Scope scope = Scope.open()) {
            Tensor window = state.window(path, x, taps - 1, false);
            if (options.groups() > 1 || options.dilation() > 1) {
                return scope.keep(transposed(window, (taps - 1) * stride, span - stride));
            }
            // stride x out channels of a plain convolution at the input's rate, one per phase, are as many output steps
            Tensor panels = state.weights().panels(path, () -> phases(taps));
            Tensor y = Engine.run(new PackedConv1d((long) stride * outChannels, taps, 1, 1, true), window, panels);
            Tensor steps = y.reshape(x.dim(0), x.dim(1) * stride, outChannels);
            return scope.keep(bias == null ? steps : steps.add(bias.value()));
        }
    }

    /** The weight [in, out, kernel] of a convolution to all phases of the stride: [stride * out, in, taps]. */
    private Tensor phases(int taps) {
        int stride = options.stride();
        Tensor w = weight.value();
        return w.pad(PadMode.CONSTANT, 2, 0, (long) taps * stride - options.kernelSize(), 0)
                .reshape(w.dim(0), outChannels, taps, stride)
                .permute(3, 1, 0, 2)
                .reshape((long) stride * outChannels, w.dim(0), taps);
    }

    // window: [B, before + T, in] -> [B, T * stride, out]
    private Tensor transposed(Tensor window, int trimLeft, int trimRight) {
        Tensor y = Functions.convTranspose1d(
                window.transpose(1, 2).contiguous(),
                weight.value(),
                bias == null ? null : bias.value(),
                options.stride(),
                trimLeft,
                trimRight,
                options.dilation(),
                options.groups());
        return y.transpose(1, 2).contiguous();
    }
}
