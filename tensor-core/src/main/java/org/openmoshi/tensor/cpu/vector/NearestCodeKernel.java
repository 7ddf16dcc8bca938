package org.openmoshi.tensor.cpu.vector;

import static org.openmoshi.tensor.cpu.vector.Lanes.L;
import static org.openmoshi.tensor.cpu.vector.Lanes.load;
import static org.openmoshi.tensor.cpu.vector.Lanes.store;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import org.openmoshi.tensor.cpu.Parallel;
import org.openmoshi.tensor.cpu.vector.Scratch.Use;

/**
 * Nearest codebook rows in Euclidean distance. The products with all codes run as a blocked matrix product; |c|^2 - 2 x.c
 * then picks a candidate per lane, and candidates that are closer to each other than its rounding are compared by their
 * exact distances. Equal distances go to the lower index.
 */
public final class NearestCodeKernel {
    private static final int ROWS = 32;

    /** The rounding error of |c|^2 - 2 x.c, relative to |x|^2 + |c|^2: a generous multiple of float32's. */
    private static final float TOLERANCE = 2e-6f;

    private NearestCodeKernel() {}

    /** indices = int64 [n], the nearest of the codebook [size, d] for x [n, d], all contiguous. */
    public static void nearest(
            MemorySegment x,
            long xOffset,
            MemorySegment codebook,
            long codebookOffset,
            MemorySegment indices,
            long indicesOffset,
            int n,
            int size,
            int d) {
        int padded = BlockProduct.padded(size);
        // The panels of the codebook, then the squared norms; panels beyond the codebook are infinitely far.
        MemorySegment packed = Scratch.get(Use.CODEBOOK, (long) padded * (d + 1));
        long norms = (long) padded * d;
        int panels = padded / BlockProduct.PANEL;
        Parallel.run(panels, panel -> {
            int first = panel * BlockProduct.PANEL;
            int count = Math.min(BlockProduct.PANEL, size - first);
            long co = codebookOffset + (long) first * d;
            BlockProduct.pack(codebook, co, 1, d, d, count, packed, (long) first * d);
            CopyKernel.fill(packed, norms + first, BlockProduct.PANEL, Float.POSITIVE_INFINITY);
            for (int i = 0; i < count; i++) {
                Lanes.set(packed, norms + first + i, (float) RowSums.sumOfSquares(codebook, co + (long) i * d, d));
            }
        });
        float largest = 0;
        for (int i = 0; i < size; i++) {
            largest = Math.max(largest, Lanes.get(packed, norms + i));
        }
        float largestNorm = largest;
        Parallel.run((n + ROWS - 1) / ROWS, t -> {
            int first = t * ROWS;
            int rows = Math.min(ROWS, n - first);
            // Products of one panel, then each row's least distances and where they are, a lane each.
            MemorySegment work = Scratch.get(Use.DISTANCES, (long) ROWS * (BlockProduct.PANEL + 2 * L));
            long least = (long) ROWS * BlockProduct.PANEL;
            long where = least + (long) ROWS * L;
            CopyKernel.fill(work, least, (long) ROWS * L, Float.POSITIVE_INFINITY);
            CopyKernel.fill(work, where, (long) ROWS * L, 0f);
            long xo = xOffset + (long) first * d;
            for (int panel = 0; panel < panels; panel++) {
                int code = panel * BlockProduct.PANEL;
                BlockProduct.multiply(
                        rows,
                        BlockProduct.PANEL,
                        d,
                        x,
                        xo,
                        d,
                        1,
                        packed,
                        (long) code * d,
                        0,
                        work,
                        0,
                        BlockProduct.PANEL,
                        false);
                for (int r = 0; r < rows; r++) {
                    long products = (long) r * BlockProduct.PANEL;
                    keepLeast(
                            work,
                            products,
                            packed,
                            norms + code,
                            panel * 2,
                            least + (long) r * L,
                            where + (long) r * L);
                }
            }
            for (int r = 0; r < rows; r++) {
                long row = xo + (long) r * d;
                float margin = TOLERANCE * ((float) RowSums.sumOfSquares(x, row, d) + largestNorm);
                int nearest = choose(
                        work, least + (long) r * L, where + (long) r * L, margin, x, row, codebook, codebookOffset, d);
                Lanes.setLong(indices, indicesOffset + first + r, nearest);
            }
        });
    }

    /** Per lane the least |c|^2 - 2 x.c so far and the number of its vector of codes (exact in a float up to 2^24). */
    private static void keepLeast(
            MemorySegment work, long products, MemorySegment packed, long norms, int vector, long least, long where) {
        FloatVector best = load(work, least);
        FloatVector index = load(work, where);
        FloatVector first = load(work, products).lanewise(VectorOperators.FMA, -2f, load(packed, norms));
        VectorMask<Float> less = first.compare(VectorOperators.LT, best);
        best = best.blend(first, less);
        index = index.blend((float) vector, less);
        FloatVector second = load(work, products + L).lanewise(VectorOperators.FMA, -2f, load(packed, norms + L));
        less = second.compare(VectorOperators.LT, best);
        store(best.blend(second, less), work, least);
        store(index.blend((float) (vector + 1), less), work, where);
    }

    private static int choose(
            MemorySegment work,
            long least,
            long where,
            float margin,
            MemorySegment x,
            long xo,
            MemorySegment codebook,
            long codebookOffset,
            int d) {
        float smallest = Float.POSITIVE_INFINITY;
        for (int lane = 0; lane < L; lane++) {
            smallest = Math.min(smallest, Lanes.get(work, least + lane));
        }
        int nearest = -1;
        double distance = Double.POSITIVE_INFINITY;
        for (int lane = 0; lane < L; lane++) {
            if (Lanes.get(work, least + lane) <= smallest + margin) {
                int code = (int) Lanes.get(work, where + lane) * L + lane;
                double exact = squaredDistance(x, xo, codebook, codebookOffset + (long) code * d, d);
                if (nearest < 0 || exact < distance || (exact == distance && code < nearest)) {
                    nearest = code;
                    distance = exact;
                }
            }
        }
        return Math.max(nearest, 0);
    }

    static double squaredDistance(MemorySegment a, long ao, MemorySegment b, long bo, int d) {
        double sum = 0;
        for (int i = 0; i < d; i++) {
            double difference = (double) Lanes.get(a, ao + i) - Lanes.get(b, bo + i);
            sum += difference * difference;
        }
        return sum;
    }
}
