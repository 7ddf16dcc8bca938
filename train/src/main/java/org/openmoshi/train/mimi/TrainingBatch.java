package org.openmoshi.train.mimi;

import org.jspecify.annotations.Nullable;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.train.distill.Guidance;

/**
 * What a forward pass is given.
 *
 * @param original recordings [B, 1, T]
 * @param target what their first codes shall mean; null without semantic guidance
 */
record TrainingBatch(Tensor original, Guidance.@Nullable Target target) {}
