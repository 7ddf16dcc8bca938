package org.openmoshi.models.mimi;

import static org.openmoshi.models.config.Checks.oneOf;
import static org.openmoshi.models.config.Checks.positive;
import static org.openmoshi.models.config.Checks.require;

import java.util.List;

/**
 * The convolutional encoder and decoder (SEANet, Tagliasacchi et al. 2020), with the keys of Kyutai's configurations.
 * Some have only one possible value here; they are there so that a file that asks for another is refused.
 *
 * @param channels channels of the waveform
 * @param dimension channels of the latent
 * @param causal true
 * @param nFilters channels after the first convolution; each ratio doubles them
 * @param nResidualLayers residual blocks per ratio
 * @param activation {@code ELU}
 * @param compress by how much a residual block narrows its channels inside
 * @param dilationBase the j-th residual block of a ratio has dilation dilationBase^j
 * @param disableNormOuterBlocks how many blocks next to the waveform go without weight norm
 * @param kernelSize of the convolution at the waveform in the encoder and at the latent in the decoder
 * @param residualKernelSize of a residual block
 * @param lastKernelSize of the convolution at the latent in the encoder and at the waveform in the decoder
 * @param norm {@code none} or {@code weight_norm}
 * @param padMode {@code constant}: zeros before the first sample
 * @param ratios strides of the decoder from latent to waveform; the encoder has them in reverse
 * @param trueSkip whether residual blocks skip by the identity; true
 */
public record SeanetConfig(
        int channels,
        int dimension,
        boolean causal,
        int nFilters,
        int nResidualLayers,
        String activation,
        int compress,
        int dilationBase,
        int disableNormOuterBlocks,
        int kernelSize,
        int residualKernelSize,
        int lastKernelSize,
        String norm,
        String padMode,
        List<Integer> ratios,
        boolean trueSkip) {
    /** Checks the values. */
    public SeanetConfig {
        positive("seanet.channels", channels);
        positive("seanet.dimension", dimension);
        require(causal, "seanet.causal must be true");
        positive("seanet.n_filters", nFilters);
        require(nResidualLayers >= 0, "seanet.n_residual_layers is " + nResidualLayers + ", must not be negative");
        oneOf("seanet.activation", activation, "ELU");
        positive("seanet.compress", compress);
        require(
                nFilters % compress == 0,
                "seanet.n_filters " + nFilters + " is no multiple of seanet.compress " + compress);
        positive("seanet.dilation_base", dilationBase);
        positive("seanet.kernel_size", kernelSize);
        positive("seanet.residual_kernel_size", residualKernelSize);
        positive("seanet.last_kernel_size", lastKernelSize);
        oneOf("seanet.norm", norm, "none", "weight_norm");
        oneOf("seanet.pad_mode", padMode, "constant");
        require(
                !ratios.isEmpty() && ratios.size() <= 16,
                "seanet.ratios has " + ratios.size() + " entries, must have 1 to 16");
        ratios.forEach(ratio -> positive("seanet.ratios", ratio));
        ratios = List.copyOf(ratios);
        int blocks = ratios.size() + 2;
        require(
                disableNormOuterBlocks >= 0 && disableNormOuterBlocks <= blocks,
                "seanet.disable_norm_outer_blocks is " + disableNormOuterBlocks + ", must be 0 to " + blocks);
        require(trueSkip, "seanet.true_skip must be true");
    }

    /** Samples per latent step. */
    public int hopLength() {
        return ratios.stream().reduce(1, Math::multiplyExact);
    }

    /** Latent steps before its own that a latent step of the encoder depends on, through the waveform. */
    int encoderContext() {
        return context(kernelSize, lastKernelSize);
    }

    /** Latent steps before its own that a sample of the decoder depends on. */
    int decoderContext() {
        return context(lastKernelSize, kernelSize);
    }

    /** How far the convolutions of one end look back: each by its span less its stride, at the rate it works at. */
    private int context(int kernelAtWaveform, int kernelAtLatent) {
        long residual = 0; // steps that the residual blocks of a ratio look back
        for (int j = 0, dilation = 1; j < nResidualLayers; j++, dilation *= dilationBase) {
            residual += (long) (residualKernelSize - 1) * dilation;
        }
        long samples = kernelAtWaveform - 1L;
        long step = 1; // samples
        for (int ratio : ratios.reversed()) {
            samples += (residual + ratio) * step;
            step *= ratio;
        }
        samples += (kernelAtLatent - 1L) * step;
        return Math.toIntExact(Math.ceilDiv(samples, step));
    }

    /** Whether the convolutions of a block have weight norm; blocks count from 0 at the waveform. */
    boolean weightNorm(int blockFromWaveform) {
        return norm.equals("weight_norm") && blockFromWaveform >= disableNormOuterBlocks;
    }
}
