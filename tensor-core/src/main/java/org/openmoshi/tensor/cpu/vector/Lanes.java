package org.openmoshi.tensor.cpu.vector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Loads and stores of float32 lanes at element (not byte) positions of a native segment. The methods are small enough
 * that the JIT always inlines them, so no vector is ever boxed.
 */
final class Lanes {
    /** The widest vectors of the machine, up to 16 lanes. */
    static final VectorSpecies<Float> F =
            FloatVector.SPECIES_PREFERRED.length() > 16 ? FloatVector.SPECIES_512 : FloatVector.SPECIES_PREFERRED;

    /** Lanes of a vector: 4, 8 or 16 on the machines of today. */
    static final int L = F.length();

    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final VectorShuffle<Float> BY_8 = VectorShuffle.iota(F, 8, 1, true);
    private static final VectorShuffle<Float> BY_4 = VectorShuffle.iota(F, 4, 1, true);
    private static final VectorShuffle<Float> BY_2 = VectorShuffle.iota(F, 2, 1, true);
    private static final VectorShuffle<Float> BY_1 = VectorShuffle.iota(F, 1, 1, true);

    private Lanes() {}

    /**
     * The sum of all lanes, in one order. The API's own reduction leaves the order open: compiled and interpreted code
     * give different bits.
     */
    static float sum(FloatVector v) {
        if (L > 8) {
            v = v.add(v.rearrange(BY_8));
        }
        if (L > 4) {
            v = v.add(v.rearrange(BY_4));
        }
        v = v.add(v.rearrange(BY_2));
        return v.add(v.rearrange(BY_1)).lane(0);
    }

    static FloatVector load(MemorySegment s, long element) {
        return FloatVector.fromMemorySegment(F, s, element << 2, ByteOrder.LITTLE_ENDIAN);
    }

    /** Lanes outside of the mask are zero and their memory is not touched. */
    static FloatVector load(MemorySegment s, long element, VectorMask<Float> mask) {
        return FloatVector.fromMemorySegment(F, s, element << 2, ByteOrder.LITTLE_ENDIAN, mask);
    }

    static void store(FloatVector v, MemorySegment s, long element) {
        v.intoMemorySegment(s, element << 2, ByteOrder.LITTLE_ENDIAN);
    }

    static void store(FloatVector v, MemorySegment s, long element, VectorMask<Float> mask) {
        v.intoMemorySegment(s, element << 2, ByteOrder.LITTLE_ENDIAN, mask);
    }

    static float get(MemorySegment s, long element) {
        return s.get(FLOAT, element << 2);
    }

    static void set(MemorySegment s, long element, float value) {
        s.set(FLOAT, element << 2, value);
    }

    static int getInt(MemorySegment s, long element) {
        return s.get(INT, element << 2);
    }

    static long getLong(MemorySegment s, long element) {
        return s.get(LONG, element << 3);
    }

    static void setLong(MemorySegment s, long element, long value) {
        s.set(LONG, element << 3, value);
    }

    static void setInt(MemorySegment s, long element, int value) {
        s.set(INT, element << 2, value);
    }

    /** The largest multiple of the lane count that is at most n. */
    static int whole(int n) {
        return n & -L;
    }

    static long whole(long n) {
        return n & -L;
    }

    /** The first n lanes, 0 <= n <= L. */
    static VectorMask<Float> first(int n) {
        return F.indexInRange(0, n);
    }

    /** Copies n float32 elements. */
    static void copy(MemorySegment from, long fromElement, MemorySegment to, long toElement, long n) {
        MemorySegment.copy(from, fromElement << 2, to, toElement << 2, n << 2);
    }

    /**
     * The start of a padded tail: n elements, then zeros up to a whole vector. What was there before must not show: a
     * function may take a slower way for a vector that holds one large element, with other last bits.
     */
    static void copyPadded(MemorySegment from, long fromElement, MemorySegment to, long toElement, int n) {
        copy(from, fromElement, to, toElement, n);
        for (int i = n; i < L; i++) {
            set(to, toElement + i, 0f);
        }
    }

    /** Whether two operands begin at the same address. */
    static boolean samePlace(MemorySegment a, long aElement, MemorySegment b, long bElement) {
        return a.address() + (aElement << 2) == b.address() + (bElement << 2);
    }
}
