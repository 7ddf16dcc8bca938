package org.openmoshi.tensor.cpu.vector;

import java.lang.foreign.MemorySegment;

/**
 * One operand of a matrix product as the packing sees it: a family of matrices (one per item of a batch or group)
 * whose elements are addressed by depth (the summed axis) and lane (the row of A or the column of B).
 */
interface Panels {
    /**
     * Writes one panel: {@code target[p * width + j] = element(item, depth0 + p, lane0 + j)} for all p below
     * {@code depth} and j below {@code lanes}. The other lanes of the panel may keep what they hold: their products
     * are computed but never stored.
     *
     * @param offset where the panel begins in {@code target}, in bytes
     */
    void pack(long item, long depth0, int depth, long lane0, int lanes, MemorySegment target, long offset, int width);

    /** Slices of the depth begin at multiples of this, where {@link #pack} is at its best. */
    default int depthUnit() {
        return 4;
    }
}
