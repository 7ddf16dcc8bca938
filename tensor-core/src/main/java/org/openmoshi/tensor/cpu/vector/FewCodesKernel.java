package org.openmoshi.tensor.cpu.vector;

import static org.openmoshi.tensor.cpu.vector.Lanes.L;
import static org.openmoshi.tensor.cpu.vector.Lanes.load;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import org.openmoshi.tensor.cpu.vector.Scratch.Use;

/**
 * The nearest code of one vector, for the few vectors of a stream's step: the codebook is read once where it lies, which
 * {@link NearestCodeKernel} packs and multiplies. Both decide by exact distances among the codes that float32 cannot
 * tell apart, so both choose the same.
 */
final class FewCodesKernel {
    /** The most vectors for which this is faster than packing the codebook. */
    static final int MAX_VECTORS = 4;

    /** Twice the rounding error of a squared distance in float32, relative to it, generously. */
    private static final float TOLERANCE = 4e-6f;

    private FewCodesKernel() {}

    /** The nearest row of the codebook [size, d] for x [d]; the lower one of equals. */
    static int nearest(MemorySegment x, long xo, MemorySegment codebook, long co, int size, int d) {
        MemorySegment distances = Scratch.get(Use.DISTANCES, size);
        float least = Float.POSITIVE_INFINITY;
        for (int code = 0; code < size; code++) {
            float distance = squaredDistance(x, xo, codebook, co + (long) code * d, d);
            Lanes.set(distances, code, distance);
            least = Math.min(least, distance);
        }
        int nearest = 0;
        double exactLeast = Double.POSITIVE_INFINITY;
        for (int code = 0; code < size; code++) {
            if (Lanes.get(distances, code) <= least + TOLERANCE * least) {
                double exact = NearestCodeKernel.squaredDistance(x, xo, codebook, co + (long) code * d, d);
                if (exact < exactLeast) {
                    exactLeast = exact;
                    nearest = code;
                }
            }
        }
        return nearest;
    }

    private static float squaredDistance(MemorySegment a, long ao, MemorySegment b, long bo, int d) {
        FloatVector sum = FloatVector.zero(Lanes.F);
        int i = 0;
        for (; i <= d - L; i += L) {
            FloatVector difference = load(a, ao + i).sub(load(b, bo + i));
            sum = difference.fma(difference, sum);
        }
        if (i < d) {
            VectorMask<Float> mask = Lanes.first(d - i);
            FloatVector difference = load(a, ao + i, mask).sub(load(b, bo + i, mask));
            sum = difference.fma(difference, sum);
        }
        return Lanes.sum(sum);
    }
}
