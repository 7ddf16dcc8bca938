/**
 * Semantic guidance (Moshi paper, arXiv 2410.00037, section 3.3.3): the first codebook learns to predict what a teacher
 * says about the recording. Teachers give 50 frames of features a second at 16 kHz; they are computed once per file and
 * kept in a cache.
 *
 * <p>Which features belong to a training window: the teacher hears the whole file as it was recorded, without gain or
 * other augmentation. Its frame i covers the samples [320 i, 320 i + 400). A codec frame is compared with the mean of
 * the eight teacher frames whose common centre lies nearest to its own (so a stride of four), also of those beyond the
 * window; the two centres differ by at most 10 ms. Frames outside the file are left out of the mean, and a codec frame
 * that has none, in the silence behind a short file, out of the loss.
 */
@NullMarked
package org.openmoshi.train.distill;

import org.jspecify.annotations.NullMarked;
