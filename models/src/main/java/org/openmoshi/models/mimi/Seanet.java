package org.openmoshi.models.mimi;

import java.util.List;
import org.openmoshi.models.nn.Conv1d;
import org.openmoshi.models.nn.ConvOptions;
import org.openmoshi.models.nn.ConvTranspose1d;
import org.openmoshi.models.nn.Layer;
import org.openmoshi.models.nn.ModulePath;
import org.openmoshi.models.nn.Sequential;
import org.openmoshi.tensor.Tensor;

/**
 * The convolutional ends of the codec (SEANet, Tagliasacchi et al. 2020): the encoder takes a waveform to a latent at
 * sampleRate / hopLength, the decoder takes one back. Channels double with each ratio towards the latent.
 */
final class Seanet {
    /**
     * What a waveform of speech is scaled from at the start of training, and back to. ELU is nearly linear for values as
     * small as those of speech, and linear layers cannot tell how loud or how high a sound is.
     */
    private static final double AMPLITUDE = 1.0 / 16;

    private Seanet() {}

    /** [B, channels, T] -> [B, dimension, ceil(T / hopLength)]. */
    static Layer encoder(ModulePath at, SeanetConfig config) {
        Sequential model = new Sequential(at.sub("model"));
        int channels = config.nFilters();
        model.add(new Conv1d(
                conv(model),
                config.channels(),
                channels,
                ConvOptions.kernel(config.kernelSize()).withWeightNorm(config.weightNorm(0)),
                1 / AMPLITUDE));
        List<Integer> ratios = config.ratios().reversed();
        for (int i = 0; i < ratios.size(); i++) {
            int ratio = ratios.get(i);
            boolean weightNorm = config.weightNorm(i + 1);
            residualBlocks(model, config, channels, weightNorm);
            model.add(Tensor::elu);
            model.add(new Conv1d(conv(model), channels, 2 * channels, resampling(ratio, weightNorm)));
            channels *= 2;
        }
        model.add(Tensor::elu);
        model.add(new Conv1d(
                conv(model),
                channels,
                config.dimension(),
                ConvOptions.kernel(config.lastKernelSize()).withWeightNorm(config.weightNorm(ratios.size() + 1))));
        return model;
    }

    /** [B, dimension, T] -> [B, channels, T * hopLength]. */
    static Layer decoder(ModulePath at, SeanetConfig config) {
        Sequential model = new Sequential(at.sub("model"));
        List<Integer> ratios = config.ratios();
        int channels = config.nFilters() << ratios.size();
        model.add(new Conv1d(
                conv(model),
                config.dimension(),
                channels,
                ConvOptions.kernel(config.kernelSize()).withWeightNorm(config.weightNorm(ratios.size() + 1))));
        for (int i = 0; i < ratios.size(); i++) {
            int ratio = ratios.get(i);
            boolean weightNorm = config.weightNorm(ratios.size() - i);
            model.add(Tensor::elu);
            model.add(new ConvTranspose1d(
                    model.next().sub("convtr.convtr"), channels, channels / 2, resampling(ratio, weightNorm)));
            channels /= 2;
            residualBlocks(model, config, channels, weightNorm);
        }
        model.add(Tensor::elu);
        model.add(new Conv1d(
                conv(model),
                channels,
                config.channels(),
                ConvOptions.kernel(config.lastKernelSize()).withWeightNorm(config.weightNorm(0)),
                AMPLITUDE));
        return model;
    }

    /** Where the next convolution of a sequence registers its parameters. */
    static ModulePath conv(Sequential model) {
        return model.next().sub("conv.conv");
    }

    private static ConvOptions resampling(int ratio, boolean weightNorm) {
        return ConvOptions.kernel(2 * ratio).withStride(ratio).withWeightNorm(weightNorm);
    }

    private static void residualBlocks(Sequential model, SeanetConfig config, int channels, boolean weightNorm) {
        int dilation = 1;
        for (int j = 0; j < config.nResidualLayers(); j++) {
            model.add(new ResidualBlock(model.next(), config, channels, dilation, weightNorm));
            dilation *= config.dilationBase();
        }
    }
}
