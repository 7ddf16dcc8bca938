package org.openmoshi.tensor.device;

import org.openmoshi.tensor.Tensor;

/**
 * How a long sum is split among groups where the result has too few tiles to occupy a device: every split writes sums of
 * its own to temporary memory, and a second launch adds them in order ({@code partials.h}). The choice depends on sizes
 * alone, so that results do not depend on the device's size.
 *
 * @param count number of splits
 * @param chunk elements of the summed axis in each but the last
 */
record Splits(long count, long chunk) {
    private static final long ENOUGH_TILES = 128;
    private static final long MULTIPLE = 256;
    private static final long WORTHWHILE = 512;

    /** The splits of a sum of some length, when the result has that many tiles. */
    static Splits of(long tiles, long length) {
        long most = Math.min(ENOUGH_TILES / Math.max(tiles, 1), length / WORTHWHILE);
        if (most <= 1) {
            return new Splits(1, length);
        }
        long chunk = Math.ceilDiv(Math.ceilDiv(length, most), MULTIPLE) * MULTIPLE;
        return new Splits(Math.ceilDiv(length, chunk), chunk);
    }

    /** Where the tiles go: the result, or temporary memory for that of every split. */
    Block target(Work work, Tensor result) {
        return count == 1 ? Block.of(result) : work.scratch(Reductions.sumType(result.dtype()), count * result.size());
    }

    /** Adds what the splits wrote to their target. */
    void add(Work work, Block target, Tensor result) {
        if (count > 1) {
            work.kernel("partials", result.dtype(), "add_partials")
                    .tensor(result)
                    .dense(target)
                    .integer(count)
                    .integer(result.size())
                    .elements(result.size());
        }
    }
}
