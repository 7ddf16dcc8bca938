package org.openmoshi.tensor.cpu.vector;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.openmoshi.tensor.cpu.vector.Lanes.ADDRESSES;
import static org.openmoshi.tensor.cpu.vector.Lanes.F;
import static org.openmoshi.tensor.cpu.vector.Lanes.L;
import static org.openmoshi.tensor.cpu.vector.Lanes.MEMORY;
import static org.openmoshi.tensor.cpu.vector.Lanes.load;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Reductions of n contiguous elements to one number. Sums run in four vectors over blocks of {@link #BLOCK} elements,
 * whose totals are added in double precision: the error does not grow with the length. Sums reach memory by address, and
 * the last elements one by one: loads through a mask or a segment made the JIT stop inlining, and allocate every vector.
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
        long p = Lanes.address(x, o << 2, n * 4L) & ADDRESSES;
        FloatVector s0 = FloatVector.zero(F);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        int i = 0;
        for (; i <= n - L4; i += L4) {
            s0 = s0.add(FloatVector.fromMemorySegment(F, MEMORY, p + i * 4L, LITTLE_ENDIAN));
            s1 = s1.add(FloatVector.fromMemorySegment(F, MEMORY, p + (i + L) * 4L, LITTLE_ENDIAN));
            s2 = s2.add(FloatVector.fromMemorySegment(F, MEMORY, p + (i + L2) * 4L, LITTLE_ENDIAN));
            s3 = s3.add(FloatVector.fromMemorySegment(F, MEMORY, p + (i + L3) * 4L, LITTLE_ENDIAN));
        }
        for (; i <= n - L; i += L) {
            s0 = s0.add(FloatVector.fromMemorySegment(F, MEMORY, p + i * 4L, LITTLE_ENDIAN));
        }
        float rest = 0;
        for (; i < n; i++) {
            rest += Lanes.get(x, o + i);
        }
        return Lanes.sum(s0.add(s1).add(s2.add(s3))) + rest;
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
        long p = Lanes.address(x, o << 2, n * 4L) & ADDRESSES;
        FloatVector s0 = FloatVector.zero(F);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        int i = 0;
        for (; i <= n - L4; i += L4) {
            FloatVector v0 = FloatVector.fromMemorySegment(F, MEMORY, p + i * 4L, LITTLE_ENDIAN)
                    .sub(center);
            FloatVector v1 = FloatVector.fromMemorySegment(F, MEMORY, p + (i + L) * 4L, LITTLE_ENDIAN)
                    .sub(center);
            FloatVector v2 = FloatVector.fromMemorySegment(F, MEMORY, p + (i + L2) * 4L, LITTLE_ENDIAN)
                    .sub(center);
            FloatVector v3 = FloatVector.fromMemorySegment(F, MEMORY, p + (i + L3) * 4L, LITTLE_ENDIAN)
                    .sub(center);
            s0 = v0.fma(v0, s0);
            s1 = v1.fma(v1, s1);
            s2 = v2.fma(v2, s2);
            s3 = v3.fma(v3, s3);
        }
        for (; i <= n - L; i += L) {
            FloatVector v = FloatVector.fromMemorySegment(F, MEMORY, p + i * 4L, LITTLE_ENDIAN)
                    .sub(center);
            s0 = v.fma(v, s0);
        }
        float rest = 0;
        for (; i < n; i++) {
            float v = Lanes.get(x, o + i) - center;
            rest = Math.fma(v, v, rest);
        }
        return Lanes.sum(s0.add(s1).add(s2.add(s3))) + rest;
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
        long p = Lanes.address(a, ao << 2, n * 4L) & ADDRESSES;
        long q = Lanes.address(b, bo << 2, n * 4L) & ADDRESSES;
        FloatVector s0 = FloatVector.zero(F);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        int i = 0;
        for (; i <= n - L4; i += L4) {
            s0 = FloatVector.fromMemorySegment(F, MEMORY, p + i * 4L, LITTLE_ENDIAN)
                    .fma(
                            FloatVector.fromMemorySegment(F, MEMORY, q + i * 4L, LITTLE_ENDIAN)
                                    .sub(center),
                            s0);
            s1 = FloatVector.fromMemorySegment(F, MEMORY, p + (i + L) * 4L, LITTLE_ENDIAN)
                    .fma(
                            FloatVector.fromMemorySegment(F, MEMORY, q + (i + L) * 4L, LITTLE_ENDIAN)
                                    .sub(center),
                            s1);
            s2 = FloatVector.fromMemorySegment(F, MEMORY, p + (i + L2) * 4L, LITTLE_ENDIAN)
                    .fma(
                            FloatVector.fromMemorySegment(F, MEMORY, q + (i + L2) * 4L, LITTLE_ENDIAN)
                                    .sub(center),
                            s2);
            s3 = FloatVector.fromMemorySegment(F, MEMORY, p + (i + L3) * 4L, LITTLE_ENDIAN)
                    .fma(
                            FloatVector.fromMemorySegment(F, MEMORY, q + (i + L3) * 4L, LITTLE_ENDIAN)
                                    .sub(center),
                            s3);
        }
        for (; i <= n - L; i += L) {
            s0 = FloatVector.fromMemorySegment(F, MEMORY, p + i * 4L, LITTLE_ENDIAN)
                    .fma(
                            FloatVector.fromMemorySegment(F, MEMORY, q + i * 4L, LITTLE_ENDIAN)
                                    .sub(center),
                            s0);
        }
        float rest = 0;
        for (; i < n; i++) {
            rest = Math.fma(Lanes.get(a, ao + i), Lanes.get(b, bo + i) - center, rest);
        }
        return Lanes.sum(s0.add(s1).add(s2.add(s3))) + rest;
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
        FloatVector m0 = FloatVector.broadcast(F, Float.NEGATIVE_INFINITY);
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
        FloatVector m0 = FloatVector.broadcast(F, Float.POSITIVE_INFINITY);
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
