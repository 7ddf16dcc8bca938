package org.openmoshi.models.mimi;

import java.util.Arrays;

/**
 * How a codebook is used, after a training step.
 *
 * @param entropy of the codes' average usage, divided by the logarithm of the codebook's size: 1 when all are used
 *     equally, 0 when one is
 * @param replaced share of codes that this step replaced
 * @param dead share of codes whose average usage is below the threshold of replacement
 * @param used number of different codes in this batch
 */
public record CodebookMetrics(double entropy, double replaced, double dead, int used) {
    /**
     * Entropy of a codebook's use divided by the logarithm of its size: 1 when all codes are used equally, 0 when one is.
     *
     * @param usage of each code, in any unit; at least one is above 0
     */
    public static double entropy(double[] usage) {
        double total = Arrays.stream(usage).sum();
        double entropy = 0;
        for (double use : usage) {
            entropy -= use > 0 ? use / total * Math.log(use / total) : 0;
        }
        return usage.length < 2 ? 0 : entropy / Math.log(usage.length);
    }
}
