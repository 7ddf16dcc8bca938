/**
 * Audio files in and out: {@link org.openmoshi.train.audio.AudioFile} reads WAV, AIFF, FLAC, MP3 and Ogg Opus,
 * {@link org.openmoshi.train.audio.WavWriter} writes WAV, {@link org.openmoshi.train.audio.Resampler} converts rates.
 *
 * <p>The uncompressed formats and FLAC are parsed here rather than by Java Sound and its plug-ins: a training run meets
 * every kind of damaged file, and must get one clear error from each, in bounded time and memory. Samples are plain
 * {@code float[]}; tensors begin where a batch is complete.
 */
package org.openmoshi.train.audio;
