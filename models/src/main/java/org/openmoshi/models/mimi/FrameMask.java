package org.openmoshi.models.mimi;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.openmoshi.tensor.Tensor;

/**
 * The frames of a batch that hold sound, where some recordings are shorter than the batch is long: codebooks do not
 * learn the padding, and the commitment loss leaves it out.
 */
public final class FrameMask {
    private final boolean[] valid;
    private final long[] rows;

    private FrameMask(boolean[] valid, long[] rows) {
        this.valid = valid;
        this.rows = rows;
    }

    /**
     * A mask of items of some lengths; null when all are whole.
     *
     * @param lengths samples of each item that hold sound, at least 1
     * @param frameSize samples per frame; a frame that is sound in part counts
     * @param frames of the batch
     */
    public static @Nullable FrameMask of(int[] lengths, int frameSize, int frames) {
        boolean[] valid = new boolean[lengths.length * frames];
        long[] rows = new long[valid.length];
        int count = 0;
        for (int i = 0; i < lengths.length; i++) {
            int own = Math.min(frames, Math.ceilDiv(lengths[i], frameSize));
            for (int t = 0; t < own; t++) {
                valid[i * frames + t] = true;
                rows[count++] = (long) i * frames + t;
            }
        }
        return count == valid.length ? null : new FrameMask(valid, Arrays.copyOf(rows, count));
    }

    /** The rows of x [B * frames, D] that hold sound, in their order. */
    Tensor select(Tensor x) {
        return x.indexSelect(0, Tensor.of(rows, rows.length));
    }

    /** The mean of x [B * frames, D] over the frames that hold sound. */
    Tensor mean(Tensor x) {
        Tensor mask = Tensor.of(valid, valid.length, 1);
        return mask.where(x, x.zerosLike()).sum().div((double) rows.length * x.dim(1));
    }

    /** 1 for frames that hold sound, 0 for the others: [B, frames] in row-major order. */
    public boolean[] valid() {
        return valid.clone();
    }
}
