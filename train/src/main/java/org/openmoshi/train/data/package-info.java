/**
 * From files to batches: {@link org.openmoshi.train.data.AudioDataset} finds them and splits them,
 * {@link org.openmoshi.train.data.WindowSampler} says which window has which index, {@link
 * org.openmoshi.train.data.BatchLoader} decodes ahead of the training step, and {@link
 * org.openmoshi.train.data.SpeechCorpus} makes speech where there is none.
 *
 * <p>Nothing here has a random state: every choice is a function of (seed, index). A run is resumed by naming the next
 * batch's index.
 */
package org.openmoshi.train.data;
