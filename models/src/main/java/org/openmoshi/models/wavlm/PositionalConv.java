package org.openmoshi.models.wavlm;

import org.openmoshi.autograd.Parameter;
import org.openmoshi.models.nn.Init;
import org.openmoshi.models.nn.ModulePath;
import org.openmoshi.tensor.Functions;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * A wide grouped convolution whose result tells a frame its position (Baevski et al. 2020, section 2), with GELU. Its
 * weight is under weight norm, but with a gain per tap: the norm is over output and input channels.
 */
final class PositionalConv {
    private final Parameter gain;
    private final Parameter direction;
    private final Parameter bias;
    private final int kernelSize;
    private final int groups;

    PositionalConv(ModulePath at, WavLmConfig config) {
        int features = config.encoderEmbedDim();
        kernelSize = config.convPos();
        groups = config.convPosGroups();
        long groupFeatures = features / groups;
        Init init = Init.fanIn(groupFeatures * kernelSize);
        bias = at.param("bias", init, features);
        gain = at.param("weight_g", Init.constant(1), 1, 1, kernelSize);
        direction = at.param("weight_v", init, features, groupFeatures, kernelSize);
    }

    /** x: [B, T, features], same shape out. An even kernel sees one frame more of the past than of the future. */
    Tensor forward(Tensor x) {
        try (Scope scope = Scope.open()) {
            Tensor norm = direction.value().norm(0, 1).reshape(1, 1, kernelSize);
            Tensor weight = direction.value().mul(gain.value().div(norm));
            int left = kernelSize / 2;
            int right = (kernelSize - 1) / 2;
            Tensor h =
                    Functions.conv1d(x.transpose(1, 2).contiguous(), weight, bias.value(), 1, left, right, 1, groups);
            return scope.keep(h.gelu().transpose(1, 2).contiguous());
        }
    }
}
