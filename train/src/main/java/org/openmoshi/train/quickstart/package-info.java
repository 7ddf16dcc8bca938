/**
 * The first thing a newcomer runs: from speech to a trained codec and a page to hear and see it, in minutes.
 *
 * <p>{@link org.openmoshi.train.quickstart.Quickstart} is the job from top to bottom; nothing in here trains or
 * measures by itself.
 */
package org.openmoshi.train.quickstart;
