package org.openmoshi.tensor.cpu.vector;

import static org.openmoshi.tensor.cpu.vector.Lanes.L;
import static org.openmoshi.tensor.cpu.vector.Lanes.load;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Reductions of n contiguous elements to one number. Sums run in four vectors over blocks of {@link #BLOCK} elements,
 * whose totals are added in double precision: the error does not grow with the length.
 */
final class RowSums {
    private static final int BLOCK = 4096;

    private static final int L2 = 2 * L;
    private static final int L3 = 3 * L;
    private static final int L4 = 4 * L;

    private RowSums() {}

    static double sum(MemorySegment x, long offset, long n) {
        double total = 0;
        for (long from = 0; from < n; from += BLOCK) {
            total += blockSum(x, offset + from, (int) Math.min(BLOCK, n - from));
        }
        return total;
    }

    private static float blockSum(MemorySegment x, long o, int n) {
        FloatVector s0 = FloatVector.zero(Lanes.F);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        int i = 0;
        for (; i <= n - L4; i += L4) {
            s0 = s0.add(load(x, o + i));
            s1 = s1.add(load(x, o + i + L));
            s2 = s2.add(load(x, o + i + L2));
            s3 = s3.add(load(x, o + i + L3));
        }
        for (; i <= n - L; i += L) {
            s0 = s0.add(load(x, o + i));
        }
        if (i < n) {
            s1 = s1.add(load(x, o + i, Lanes.first(n - i)));
        }
        return Lanes.sum(s0.add(s1).add(s2.add(s3)));
    }

    static double sumOfSquares(MemorySegment x, long offset, long n) {
        double total = 0;
        for (long from = 0; from < n; from += BLOCK) {
            total += blockSumOfSquares(x, offset + from, (int) Math.min(BLOCK, n - from), 0f);
        }
        return total;
    }

    /** The sum of (x - center)^2. */
    static double sumOfSquaredDeviations(MemorySegment x, long offset, long n, float center) {
        double total = 0;
        for (long from = 0; from < n; from += BLOCK) {
            total += blockSumOfSquares(x, offset + from, (int) Math.min(BLOCK, n - from), center);
        }
        return total;
    }

    private static float blockSumOfSquares(MemorySegment x, long o, int n, float center) {
        FloatVector s0 = FloatVector.zero(Lanes.F);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        int i = 0;
        for (; i <= n - L4; i += L4) {
            FloatVector v0 = load(x, o + i).sub(center);
            FloatVector v1 = load(x, o + i + L).sub(center);
            FloatVector v2 = load(x, o + i + L2).sub(center);
            FloatVector v3 = load(x, o + i + L3).sub(center);
            s0 = v0.fma(v0, s0);
            s1 = v1.fma(v1, s1);
            s2 = v2.fma(v2, s2);
            s3 = v3.fma(v3, s3);
        }
        for (; i <= n - L; i += L) {
            FloatVector v = load(x, o + i).sub(center);
            s0 = v.fma(v, s0);
        }
        if (i < n) {
            VectorMask<Float> mask = Lanes.first(n - i);
            FloatVector v = load(x, o + i, mask).sub(center, mask);
            s1 = v.fma(v, s1);
        }
        return Lanes.sum(s0.add(s1).add(s2.add(s3)));
    }

    /** The sum of a[i] b[i]. */
    static double dot(MemorySegment a, long ao, MemorySegment b, long bo, long n) {
        return dotOfDeviations(a, ao, b, bo, n, 0f);
    }

    /** The sum of a[i] (b[i] - center). */
    static double dotOfDeviations(MemorySegment a, long ao, MemorySegment b, long bo, long n, float center) {
        double total = 0;
        for (long from = 0; from < n; from += BLOCK) {
            total += blockDot(a, ao + from, b, bo + from, (int) Math.min(BLOCK, n - from), center);
        }
        return total;
    }

    private static float blockDot(MemorySegment a, long ao, MemorySegment b, long bo, int n, float center) {
        FloatVector s0 = FloatVector.zero(Lanes.F);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        int i = 0;
        for (; i <= n - L4; i += L4) {
            s0 = load(a, ao + i).fma(load(b, bo + i).sub(center), s0);
            s1 = load(a, ao + i + L).fma(load(b, bo + i + L).sub(center), s1);
            s2 = load(a, ao + i + L2).fma(load(b, bo + i + L2).sub(center), s2);
            s3 = load(a, ao + i + L3).fma(load(b, bo + i + L3).sub(center), s3);
        }
        for (; i <= n - L; i += L) {
            s0 = load(a, ao + i).fma(load(b, bo + i).sub(center), s0);
        }
        if (i < n) {
            VectorMask<Float> mask = Lanes.first(n - i);
            s1 = load(a, ao + i, mask).fma(load(b, bo + i, mask).sub(center), s1);
        }
        return Lanes.sum(s0.add(s1).add(s2.add(s3)));
    }

    /** The largest element; NaN if there is one, minus infinity of none. */
    static float max(MemorySegment x, long offset, long n) {
        float m = Float.NEGATIVE_INFINITY;
        for (long from = 0; from < n; from += BLOCK) {
            m = Math.max(m, blockMax(x, offset + from, (int) Math.min(BLOCK, n - from)));
        }
        return m;
    }

    private static float blockMax(MemorySegment x, long o, int n) {
        FloatVector m0 = FloatVector.broadcast(Lanes.F, Float.NEGATIVE_INFINITY);
        FloatVector m1 = m0;
        int i = 0;
        for (; i <= n - L2; i += L2) {
            m0 = m0.max(load(x, o + i));
            m1 = m1.max(load(x, o + i + L));
        }
        float m = m0.max(m1).reduceLanes(VectorOperators.MAX);
        for (; i < n; i++) {
            m = Math.max(m, Lanes.get(x, o + i));
        }
        return m;
    }

    /** The smallest element; NaN if there is one, infinity of none. */
    static float min(MemorySegment x, long offset, long n) {
        float m = Float.POSITIVE_INFINITY;
        for (long from = 0; from < n; from += BLOCK) {
            m = Math.min(m, blockMin(x, offset + from, (int) Math.min(BLOCK, n - from)));
        }
        return m;
    }

    private static float blockMin(MemorySegment x, long o, int n) {
        FloatVector m0 = FloatVector.broadcast(Lanes.F, Float.POSITIVE_INFINITY);
        FloatVector m1 = m0;
        int i = 0;
        for (; i <= n - L2; i += L2) {
            m0 = m0.min(load(x, o + i));
            m1 = m1.min(load(x, o + i + L));
        }
        float m = m0.min(m1).reduceLanes(VectorOperators.MIN);
        for (; i < n; i++) {
            m = Math.min(m, Lanes.get(x, o + i));
        }
        return m;
    }
}
