package org.openmoshi.tensor.cpu.vector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
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

    /**
     * All of native memory. Bounds and lifetime of this segment are constants, so an access through it compiles to next
     * to nothing, where one through an operand takes hundreds of nodes of checks. C2 stops inlining at 18000 nodes of a
     * method, and every vector that passes a call which it did not inline is allocated.
     */
    @SuppressWarnings("restricted")
    static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    /**
     * A mask that no address is changed by. It shows the compiler that what was masked, plus some vectors, lies inside
     * {@link #MEMORY}, so that not even that is checked.
     */
    static final long ADDRESSES = Long.MAX_VALUE >> 1;

    /** Whether every access is checked against its own segment: with assertions, as in all tests. */
    private static final boolean CHECKED = Lanes.class.desiredAssertionStatus();

    private static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, F.vectorShape());
    private static final VectorSpecies<Short> HALVES =
            VectorSpecies.of(short.class, VectorShape.forBitSize(F.vectorBitSize() / 2));

    private Lanes() {}

    /** The address of a range of bytes, which is checked to lie inside the segment. */
    static long address(MemorySegment s, long from, long bytes) {
        Objects.checkFromIndexSize(from, bytes, s.byteSize());
        return s.address() + from;
    }

    private static long at(MemorySegment s, long element, int count) {
        if (CHECKED) {
            address(s, element << 2, 4L * count);
        }
        return (s.address() + (element << 2)) & ADDRESSES;
    }

    private static long at(MemorySegment s, long element, VectorMask<Float> mask) {
        if (CHECKED) {
            address(s, element << 2, 4L * (mask.lastTrue() + 1));
        }
        return (s.address() + (element << 2)) & ADDRESSES;
    }

    /** The address of a range of bytes, which is checked to lie inside the segment when assertions are on. */
    static long bytes(MemorySegment s, long from, long count) {
        if (CHECKED) {
            address(s, from, count);
        }
        return (s.address() + from) & ADDRESSES;
    }

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
        return FloatVector.fromMemorySegment(F, MEMORY, at(s, element, L), ByteOrder.LITTLE_ENDIAN);
    }

    /** Lanes outside of the mask are zero and their memory is not touched. */
    static FloatVector load(MemorySegment s, long element, VectorMask<Float> mask) {
        return FloatVector.fromMemorySegment(F, MEMORY, at(s, element, mask), ByteOrder.LITTLE_ENDIAN, mask);
    }

    /** As many bfloat16 numbers at an address, which are the upper halves of float32 numbers. */
    static FloatVector bf16(long address) {
        return ShortVector.fromMemorySegment(HALVES, MEMORY, address, ByteOrder.LITTLE_ENDIAN)
                .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0)
                .reinterpretAsInts()
                .lanewise(VectorOperators.LSHL, 16)
                .reinterpretAsFloats();
    }

    static void store(FloatVector v, MemorySegment s, long element) {
        v.intoMemorySegment(MEMORY, at(s, element, L), ByteOrder.LITTLE_ENDIAN);
    }

    static void store(FloatVector v, MemorySegment s, long element, VectorMask<Float> mask) {
        v.intoMemorySegment(MEMORY, at(s, element, mask), ByteOrder.LITTLE_ENDIAN, mask);
    }

    /** A vector at a byte (not element) position. */
    static FloatVector loadBytes(MemorySegment s, long from) {
        return FloatVector.fromMemorySegment(F, MEMORY, bytes(s, from, 4L * L), ByteOrder.LITTLE_ENDIAN);
    }

    static void storeBytes(FloatVector v, MemorySegment s, long to) {
        v.intoMemorySegment(MEMORY, bytes(s, to, 4L * L), ByteOrder.LITTLE_ENDIAN);
    }

    static float getBytes(MemorySegment s, long from) {
        return MEMORY.get(FLOAT, bytes(s, from, 4));
    }

    static void setBytes(MemorySegment s, long to, float value) {
        MEMORY.set(FLOAT, bytes(s, to, 4), value);
    }

    static float get(MemorySegment s, long element) {
        return MEMORY.get(FLOAT, at(s, element, 1));
    }

    static void set(MemorySegment s, long element, float value) {
        MEMORY.set(FLOAT, at(s, element, 1), value);
    }

    static int getInt(MemorySegment s, long element) {
        return MEMORY.get(INT, at(s, element, 1));
    }

    static long getLong(MemorySegment s, long element) {
        return s.get(LONG, element << 3);
    }

    static void setLong(MemorySegment s, long element, long value) {
        s.set(LONG, element << 3, value);
    }

    static void setInt(MemorySegment s, long element, int value) {
        MEMORY.set(INT, at(s, element, 1), value);
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
