package org.openmoshi.models.mimi;

import static org.openmoshi.models.config.Checks.positive;
import static org.openmoshi.models.config.Checks.require;

/**
 * The split residual vector quantizer: one semantic codebook beside nQ - 1 acoustic ones.
 *
 * @param dimension of the codebooks' vectors
 * @param nQ number of codebooks
 * @param bins vectors per codebook
 * @param inputDimension channels of the latent that comes in
 * @param outputDimension channels of the quantized latent
 * @param groups groups of channels with acoustic codebooks of their own, see {@link GroupResidualVectorQuantizer}; 1
 *     is Mimi, and what a configuration without this key means
 */
public record QuantizerConfig(int dimension, int nQ, int bins, int inputDimension, int outputDimension, int groups) {
    /** Checks the values. */
    public QuantizerConfig {
        positive("quantizer.dimension", dimension);
        require(nQ >= 2, "quantizer.n_q is " + nQ + ", must be at least 2: one semantic, the others acoustic");
        require(bins >= 2, "quantizer.bins is " + bins + ", must be at least 2");
        positive("quantizer.input_dimension", inputDimension);
        positive("quantizer.output_dimension", outputDimension);
        positive("quantizer.groups", groups);
        require(
                (nQ - 1) % groups == 0,
                "quantizer.n_q is " + nQ + ": its " + (nQ - 1) + " acoustic codebooks must be a multiple of"
                        + " quantizer.groups, " + groups);
        divisible("quantizer.dimension", dimension, groups);
        divisible("quantizer.input_dimension", inputDimension, groups);
        divisible("quantizer.output_dimension", outputDimension, groups);
    }

    /** One group. */
    public QuantizerConfig(int dimension, int nQ, int bins, int inputDimension, int outputDimension) {
        this(dimension, nQ, bins, inputDimension, outputDimension, 1);
    }

    private static void divisible(String key, int value, int groups) {
        require(value % groups == 0, key + " is " + value + ", must be a multiple of quantizer.groups, " + groups);
    }
}
