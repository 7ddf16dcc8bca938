package org.openmoshi.train.mimi;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.openmoshi.tensor.Tensor;

/**
 * The samples of a batch that come from recordings, where some are shorter than the window. The decoded waveform is
 * silenced where the original has padding, so that every loss at the waveform sees two equal silences there and no
 * gradient flows; means over time are then divided by the share that is left.
 */
final class PaddingMask {
    private final boolean[] valid;
    private final int items;
    private final double share;

    private PaddingMask(boolean[] valid, int items, double share) {
        this.valid = valid;
        this.items = items;
        this.share = share;
    }

    /** A mask of items whose first samples are sound, {@code samples} each; null when all are whole. */
    static @Nullable PaddingMask of(int[] lengths, int samples) {
        boolean[] valid = new boolean[lengths.length * samples];
        long sum = 0;
        for (int i = 0; i < lengths.length; i++) {
            Arrays.fill(valid, i * samples, i * samples + lengths[i], true);
            sum += lengths[i];
        }
        return sum == valid.length ? null : new PaddingMask(valid, lengths.length, (double) sum / valid.length);
    }

    /** Silences the padding of wav [B, 1, T]. */
    Tensor apply(Tensor wav) {
        return Tensor.of(valid, items, 1, wav.intDim(2)).where(wav, wav.zerosLike());
    }

    /** Share of the samples that are sound. */
    double share() {
        return share;
    }
}
