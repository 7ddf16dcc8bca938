package org.openmoshi.tensor.cpu.vector;

import java.lang.foreign.MemorySegment;

/**
 * A batch of strided matrices.
 *
 * @param offsets where each item begins, in elements; a single offset serves all items
 * @param depthStride elements between neighbours on the summed axis
 * @param laneStride elements between neighbouring rows of A or columns of B
 */
record MatrixPanels(MemorySegment data, long[] offsets, long depthStride, long laneStride) implements Panels {
    /** Where a lane of an item begins, in elements. */
    long start(long item, long lane) {
        return offsets[offsets.length == 1 ? 0 : (int) item] + lane * laneStride;
    }

    @Override
    public void pack(
            long item, long depth0, int depth, long lane0, int lanes, MemorySegment target, long offset, int width) {
        long from = start(item, lane0) + depth0 * depthStride;
        Packing.pack(data, from * 4, depthStride * 4, laneStride * 4, depth, lanes, target, offset, width * 4L);
    }
}
