package org.openmoshi.models.wavlm;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.openmoshi.autograd.Parameter;
import org.openmoshi.models.nn.Init;
import org.openmoshi.models.nn.LayerNorm;
import org.openmoshi.models.nn.ModulePath;
import org.openmoshi.tensor.Functions;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/** The convolutions at the waveform, each with its norm, if it has one, and GELU; no padding. */
final class FeatureExtractor {
    private static final double EPSILON = 1e-5;

    private final List<Block> blocks = new ArrayList<>();

    FeatureExtractor(ModulePath at, WavLmConfig config) {
        int channels = 1;
        for (int i = 0; i < config.convLayers().size(); i++) {
            WavLmConfig.ConvLayer layer = config.convLayers().get(i);
            blocks.add(new Block(at.sub("conv_layers").sub(i), config, i == 0, channels, layer));
            channels = layer.channels();
        }
    }

    /** wav: [B, T] -> [B, C, frames]. */
    Tensor forward(Tensor wav) {
        try (Scope scope = Scope.open()) {
            Tensor h = wav.unsqueeze(1);
            for (Block block : blocks) {
                Tensor next = block.forward(h);
                h.close();
                h = next;
            }
            return scope.keep(h);
        }
    }

    /** One convolution; which norm follows decides the layout of the published models. */
    private static final class Block {
        private final Parameter weight;
        private final @Nullable Parameter bias;
        private final int stride;
        private final @Nullable LayerNorm layerNorm;
        private final @Nullable Parameter groupWeight;
        private final @Nullable Parameter groupBias;

        Block(ModulePath at, WavLmConfig config, boolean isFirst, int inChannels, WavLmConfig.ConvLayer layer) {
            int channels = layer.channels();
            Init init = Init.fanIn((long) inChannels * layer.kernelSize());
            ModulePath conv = at.sub(0);
            weight = conv.param("weight", init, channels, inChannels, layer.kernelSize());
            bias = config.convBias() ? conv.param("bias", init, channels) : null;
            stride = layer.stride();
            boolean normsAll = config.extractorMode().equals("layer_norm");
            layerNorm = normsAll ? new LayerNorm(at.sub("2.1"), channels) : null;
            boolean normsGroups = !normsAll && isFirst;
            groupWeight = normsGroups ? at.sub(2).param("weight", Init.constant(1), channels) : null;
            groupBias = normsGroups ? at.sub(2).param("bias", Init.constant(0), channels) : null;
        }

        /** x: [B, in, T] -> [B, out, T']. */
        Tensor forward(Tensor x) {
            try (Scope scope = Scope.open()) {
                Tensor h = Functions.conv1d(x, weight.value(), bias == null ? null : bias.value(), stride, 0, 0, 1, 1);
                if (layerNorm != null) {
                    h = layerNorm
                            .forward(h.transpose(1, 2).contiguous())
                            .transpose(1, 2)
                            .contiguous();
                } else if (groupWeight != null && groupBias != null) {
                    int channels = h.intDim(1); // a group each
                    h = Functions.groupNorm(h, groupWeight.value(), groupBias.value(), channels, EPSILON);
                }
                return scope.keep(h.gelu());
            }
        }
    }
}
