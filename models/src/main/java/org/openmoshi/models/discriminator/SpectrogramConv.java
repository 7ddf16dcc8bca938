package org.openmoshi.models.discriminator;

import org.openmoshi.autograd.Parameter;
import org.openmoshi.models.nn.ConvWeight;
import org.openmoshi.models.nn.Init;
import org.openmoshi.models.nn.ModulePath;
import org.openmoshi.tensor.ComputeOp.Conv2d;
import org.openmoshi.tensor.Functions;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * Convolution over frames and frequencies that is padded to keep the number of frames. Parameters below {@code conv}:
 * {@code weight} [out, in, frames, frequencies] (or {@code weight_g} and {@code weight_v}) and {@code bias} [out].
 */
final class SpectrogramConv {
    private static final int FRAMES = 3;

    private final ConvWeight weight;
    private final Parameter bias;
    private final Conv2d conv;

    /**
     * Registers the parameters.
     *
     * @param kernel frequencies that the odd kernel spans; it spans 3 frames
     * @param stride step between frequencies
     * @param dilation step between the kernel's frames
     */
    SpectrogramConv(
            ModulePath at, int inChannels, int outChannels, int kernel, int stride, int dilation, boolean weightNorm) {
        ModulePath path = at.sub("conv");
        Init init = Init.deep((double) inChannels * FRAMES * kernel);
        weight = new ConvWeight(path, weightNorm, init, outChannels, inChannels, FRAMES, kernel);
        bias = path.param("bias", Init.constant(0), outChannels); // any other would drown quiet sound
        conv = new Conv2d(1, stride, dilation * (FRAMES / 2), kernel / 2, dilation, 1, 1);
    }

    // x: [B, in, frames, F] -> [B, out, frames, ceil(F / stride)]
    Tensor forward(Tensor x) {
        try (Scope scope = Scope.open()) {
            return scope.keep(Functions.conv2d(conv, x, weight.value(), bias.value()));
        }
    }
}
