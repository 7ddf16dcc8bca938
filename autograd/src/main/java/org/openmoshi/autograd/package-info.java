/**
 * Gradients and what uses them. {@link org.openmoshi.autograd.Tape} records what its thread computes from watched
 * tensors and walks it backwards; {@code Gradients} holds the rule of every operation on one page, as exhaustive
 * switches, so that an operation without a rule does not compile. {@link org.openmoshi.autograd.GradientCheck} compares
 * with finite differences. Optimizers, schedules, clipping and weight averages are in {@code optim}.
 */
@NullMarked
package org.openmoshi.autograd;

import org.jspecify.annotations.NullMarked;
