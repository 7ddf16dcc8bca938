package org.openmoshi.models.mimi;

import static org.openmoshi.models.config.Checks.positive;
import static org.openmoshi.models.config.Checks.require;

/**
 * How codebooks are trained.
 *
 * @param decay of the averages of sums and usage per step
 * @param kMeansIterations of the start from the first batch
 * @param replaceEvery steps between looks for dead codes
 * @param deadBelow a code is dead when its usage is below this share of the mean
 * @param quantizerDropout whether the number of acoustic codebooks is drawn for each batch
 * @param noQuantization probability that a sequence's decoder receives the unquantized latent
 */
public record QuantizerTraining(
        double decay,
        int kMeansIterations,
        int replaceEvery,
        double deadBelow,
        boolean quantizerDropout,
        double noQuantization) {
    /** The published recipe (Moshi paper, section 3.3.1). */
    public static final QuantizerTraining PUBLISHED = new QuantizerTraining(0.99, 50, 5, 0.1, true, 0.5);

    /** Checks the values. */
    public QuantizerTraining {
        require(decay >= 0 && decay < 1, "decay is " + decay + ", must be at least 0 and below 1");
        require(kMeansIterations >= 0, "k_means_iterations is " + kMeansIterations + ", must not be negative");
        positive("replace_every", replaceEvery);
        require(deadBelow >= 0 && deadBelow < 1, "dead_below is " + deadBelow + ", must be at least 0 and below 1");
        require(
                noQuantization >= 0 && noQuantization <= 1,
                "no_quantization is " + noQuantization + ", must be a probability");
    }
}
