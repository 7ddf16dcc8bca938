package org.openmoshi.models.discriminator;

import java.util.ArrayList;
import java.util.List;
import org.openmoshi.autograd.Parameter;
import org.openmoshi.models.nn.ConvWeight;
import org.openmoshi.models.nn.Init;
import org.openmoshi.models.nn.Layer;
import org.openmoshi.models.nn.ModulePath;
import org.openmoshi.tensor.Functions;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * Looks at the waveform at one rate (MelGAN, section 2.2; convolutions of HiFi-GAN, section 2.3): wide grouped
 * convolutions over the samples, after averaging 4 of them in steps of 2 as often as the scale says. Weight norm at all
 * scales, where HiFi-GAN has spectral norm at the first.
 */
final class RateDiscriminator implements SubDiscriminator {
    private static final double SLOPE = 0.1;
    private static final int POOL = 4;

    /** Channels in units of filters, kernel, stride and groups of the hidden convolutions. */
    private static final int[][] CONVS = {
        {4, 15, 1, 1}, {4, 41, 2, 4}, {8, 41, 2, 16}, {16, 41, 4, 16}, {32, 41, 4, 16}, {32, 41, 1, 16}, {32, 5, 1, 1}
    };

    private static final int LAST_KERNEL = 3;

    private final int poolings;
    private final List<Layer> convs = new ArrayList<>();
    private final Layer last;

    RateDiscriminator(ModulePath at, int filters, int poolings) {
        this.poolings = poolings;
        ModulePath list = at.sub("convs");
        int channels = 1;
        for (int[] sizes : CONVS) {
            int wider = sizes[0] * filters;
            convs.add(conv(list.sub(convs.size()), channels, wider, sizes[1], sizes[2], sizes[3]));
            channels = wider;
        }
        last = conv(at.sub("conv_post"), channels, 1, LAST_KERNEL, 1, 1);
    }

    /** A convolution [B, in, T] -> [B, out, ceil(T / stride)] that is padded on both sides alike, unlike the codec's. */
    private static Layer conv(ModulePath at, int inChannels, int outChannels, int kernel, int stride, int groups) {
        int groupChannels = inChannels / groups;
        Init init = Init.deep((double) groupChannels * kernel);
        ConvWeight weight = new ConvWeight(at, true, init, outChannels, groupChannels, kernel);
        Parameter bias = at.param("bias", Init.constant(0), outChannels);
        return x -> {
            try (Scope scope = Scope.open()) {
                return scope.keep(
                        Functions.conv1d(x, weight.value(), bias.value(), stride, kernel / 2, kernel / 2, 1, groups));
            }
        };
    }

    /** x: [B, 1, T] -> logits [B, 1, steps]. */
    @Override
    public Verdict forward(Tensor x) {
        try (Scope scope = Scope.open()) {
            Tensor average = Tensor.full(x.dtype(), 1.0 / POOL, 1, 1, POOL);
            Tensor hidden = x;
            for (int i = 0; i < poolings; i++) {
                hidden = Functions.conv1d(hidden, average, null, 2, POOL / 2, POOL / 2, 1, 1);
            }
            List<Tensor> features = new ArrayList<>();
            for (Layer conv : convs) {
                hidden = conv.forward(hidden).leakyRelu(SLOPE);
                features.add(scope.keep(hidden));
            }
            return new Verdict(scope.keep(last.forward(hidden)), features);
        }
    }
}
