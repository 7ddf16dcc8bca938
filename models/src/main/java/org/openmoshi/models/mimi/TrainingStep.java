package org.openmoshi.models.mimi;

import org.jspecify.annotations.Nullable;
import org.openmoshi.tensor.Generator;

/**
 * What a training forward depends on beside parameters, buffers and data. All of it is in a checkpoint, so that a
 * resumed run repeats the same bits.
 *
 * @param settings how codebooks are trained
 * @param number counts forward passes from 1 over the whole training; dead codes are looked for at the multiples of
 *     {@link QuantizerTraining#replaceEvery}
 * @param random all random choices come from here
 * @param mask the frames that codebooks and commitment see; null for all
 */
public record TrainingStep(
        QuantizerTraining settings,
        long number,
        Generator random,
        @Nullable FrameMask mask) {
    /** A step that sees all frames. */
    public TrainingStep(QuantizerTraining settings, long number, Generator random) {
        this(settings, number, random, null);
    }
}
