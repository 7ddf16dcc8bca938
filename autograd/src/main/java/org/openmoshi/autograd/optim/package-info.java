/** Optimizers with parameter groups, learning-rate schedules, gradient clipping and weight averages. */
@NullMarked
package org.openmoshi.autograd.optim;

import org.jspecify.annotations.NullMarked;
