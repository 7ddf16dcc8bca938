/** Losses of waveforms and of discriminators' verdicts, and the balancer that weighs them. All are differentiable. */
@NullMarked
package org.openmoshi.train.loss;

import org.jspecify.annotations.NullMarked;
