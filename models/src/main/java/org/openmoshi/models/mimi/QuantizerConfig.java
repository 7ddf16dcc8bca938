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
 */
public record QuantizerConfig(int dimension, int nQ, int bins, int inputDimension, int outputDimension) {
    /** Checks the values. */
    public QuantizerConfig {
        positive("quantizer.dimension", dimension);
        require(nQ >= 2, "quantizer.n_q is " + nQ + ", must be at least 2: one semantic, the others acoustic");
        require(bins >= 2, "quantizer.bins is " + bins + ", must be at least 2");
        positive("quantizer.input_dimension", inputDimension);
        positive("quantizer.output_dimension", outputDimension);
    }
}
