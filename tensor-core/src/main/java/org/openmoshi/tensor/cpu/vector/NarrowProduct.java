package org.openmoshi.tensor.cpu.vector;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.openmoshi.tensor.cpu.Parallel;

/**
 * Products of a large matrix with a few vectors, as one step of a stream makes them. Reading the large matrix takes all
 * the time, so its rows are read once, where they lie: every result is a dot product of two contiguous rows.
 */
final class NarrowProduct {
    /** The most vectors for which this is faster than packing the matrix. */
    static final int MAX_VECTORS = 4;

    private static final VectorSpecies<Float> SPECIES = MicroKernel.SPECIES;
    private static final int LANES = MicroKernel.LANES;
    private static final long MIN_FLOATS_PER_TASK = 1L << 17;

    private NarrowProduct() {}

    /** Takes the dot products of up to four rows of the matrix with one vector. */
    interface Result {
        void accept(long item, long row, int height, int vector, MemorySegment sums);
    }

    /**
     * Computes all dot products.
     *
     * @param matrix its lanes are the rows; contiguous in depth
     * @param matrixItems item i uses matrix {@code i % matrixItems}
     * @param vectors its lanes are the vectors
     * @param vectorItems item i uses the vectors of {@code i % vectorItems}
     */
    static void run(
            long items,
            long rows,
            int count,
            long depth,
            MatrixPanels matrix,
            long matrixItems,
            Panels vectors,
            long vectorItems,
            Result result) {
        int k = Math.toIntExact(depth);
        long chunks = Math.clamp(rows * depth / MIN_FLOATS_PER_TASK, 1, Math.min(rows, 4L * Parallel.threads()));
        Parallel.run(Math.toIntExact(items * chunks), task -> {
            long item = task / chunks;
            long chunk = task % chunks;
            MemorySegment packed = Scratch.get(Scratch.Use.B_PANEL, (long) count * k);
            for (int v = 0; v < count; v++) {
                vectors.pack(item % vectorItems, 0, k, v, 1, packed, (long) v * k * 4, 1);
            }
            MemorySegment sums = Scratch.get(Scratch.Use.TILE, 4);
            long end = rows * (chunk + 1) / chunks;
            long step = matrix.laneStride() * 4;
            for (long row = rows * chunk / chunks; row < end; row += 4) {
                int height = (int) Math.min(4, end - row);
                long from = matrix.start(item % matrixItems, row) * 4;
                for (int v = 0; v < count; v++) {
                    dots(matrix.data(), from, step, height, packed, (long) v * k * 4, k, sums);
                    result.accept(item, row, height, v, sums);
                }
            }
        });
    }

    /** Dot products of {@code height} rows with one vector; rows past them repeat the first. */
    private static void dots(
            MemorySegment a,
            long row,
            long step,
            int height,
            MemorySegment x,
            long from,
            int depth,
            MemorySegment sums) {
        long row1 = height > 1 ? row + step : row;
        long row2 = height > 2 ? row + 2 * step : row;
        long row3 = height > 3 ? row + 3 * step : row;
        FloatVector s0 = FloatVector.zero(SPECIES);
        FloatVector s1 = FloatVector.zero(SPECIES);
        FloatVector s2 = FloatVector.zero(SPECIES);
        FloatVector s3 = FloatVector.zero(SPECIES);
        int whole = depth - depth % LANES;
        for (int p = 0; p < whole; p += LANES) {
            long at = p * 4L;
            FloatVector v = Lanes.loadBytes(x, from + at);
            s0 = v.fma(Lanes.loadBytes(a, row + at), s0);
            s1 = v.fma(Lanes.loadBytes(a, row1 + at), s1);
            s2 = v.fma(Lanes.loadBytes(a, row2 + at), s2);
            s3 = v.fma(Lanes.loadBytes(a, row3 + at), s3);
        }
        Lanes.setBytes(sums, 0, rest(Lanes.sum(s0), a, row, x, from, whole, depth));
        Lanes.setBytes(sums, 4, rest(Lanes.sum(s1), a, row1, x, from, whole, depth));
        Lanes.setBytes(sums, 8, rest(Lanes.sum(s2), a, row2, x, from, whole, depth));
        Lanes.setBytes(sums, 12, rest(Lanes.sum(s3), a, row3, x, from, whole, depth));
    }

    private static float rest(float sum, MemorySegment a, long row, MemorySegment x, long from, int begin, int depth) {
        for (int p = begin; p < depth; p++) {
            sum = Math.fma(Lanes.getBytes(a, row + p * 4L), Lanes.getBytes(x, from + p * 4L), sum);
        }
        return sum;
    }
}
