/**
 * Objective measures of how close a decoded clip is to its original. Each measure is one class over plain arrays of
 * samples, so that it can judge any codec; {@link org.openmoshi.train.eval.ClipMetrics} gathers them for one clip. A
 * measure that is undefined for a clip (a silent reference, too little speech) is {@code NaN} and left out of means.
 */
package org.openmoshi.train.eval;
