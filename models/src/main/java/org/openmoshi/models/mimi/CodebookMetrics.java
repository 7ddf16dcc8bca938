package org.openmoshi.models.mimi;

/**
 * How a codebook is used, after a training step.
 *
 * @param entropy of the codes' average usage, divided by the logarithm of the codebook's size: 1 when all are used
 *     equally, 0 when one is
 * @param replaced share of codes that this step replaced
 * @param dead share of codes whose average usage is below the threshold of replacement
 * @param used number of different codes in this batch
 */
public record CodebookMetrics(double entropy, double replaced, double dead, int used) {}
