package org.openmoshi.models.discriminator;

import org.openmoshi.autograd.Parameter;
import org.openmoshi.models.nn.ConvWeight;
import org.openmoshi.models.nn.Init;
import org.openmoshi.models.nn.Layer;
import org.openmoshi.models.nn.ModulePath;
import org.openmoshi.tensor.ComputeOp.Conv2d;
import org.openmoshi.tensor.Functions;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * Convolution over two axes with zero padding. Parameters {@code weight} [out, in, kernelH, kernelW] (or {@code
 * weight_g} and {@code weight_v}) and {@code bias} [out].
 */
final class Conv2dLayer implements Layer {
    private final ConvWeight weight;
    private final Parameter bias;
    private final Conv2d conv;

    /** Registers the parameters. */
    Conv2dLayer(
            ModulePath at, int inChannels, int outChannels, int kernelH, int kernelW, Conv2d conv, boolean weightNorm) {
        Init init = Init.deep((double) inChannels * kernelH * kernelW);
        weight = new ConvWeight(at, weightNorm, init, outChannels, inChannels, kernelH, kernelW);
        bias = at.param("bias", Init.constant(0), outChannels); // any other would drown quiet sound
        this.conv = conv;
    }

    /** x: [B, in, H, W] -> [B, out, H', W']. */
    @Override
    public Tensor forward(Tensor x) {
        try (Scope scope = Scope.open()) {
            return scope.keep(Functions.conv2d(conv, x, weight.value(), bias.value()));
        }
    }
}
