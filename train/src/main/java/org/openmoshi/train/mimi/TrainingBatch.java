package org.openmoshi.train.mimi;

import org.jspecify.annotations.Nullable;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.train.distill.Guidance;

/**
 * What a forward pass is given.
 *
 * @param original what the decoded waveform is compared with [B, 1, T]
 * @param input what the codec hears, the same unless it is distorted [B, 1, T]
 * @param lengths samples of each item that are sound; padding follows
 * @param target what the first codes shall mean; null without semantic guidance
 */
record TrainingBatch(Tensor original, Tensor input, int[] lengths, Guidance.@Nullable Target target) {}
