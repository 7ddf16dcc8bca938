package org.openmoshi.tensor.cpu.vector;

import static org.openmoshi.tensor.cpu.vector.Lanes.L;
import static org.openmoshi.tensor.cpu.vector.Lanes.load;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import org.openmoshi.tensor.ComputeOp.Relation;

/** Comparisons of two strided float32 operands into contiguous bytes, 1 for true and 0 for false. */
public final class CompareKernel {
    static final ValueLayout.OfInt FOUR_BYTES = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** The lowest bit of each of four bytes. */
    static final int FOUR_FLAGS = 0x01010101;

    private CompareKernel() {}

    /**
     * y = a relation b.
     *
     * @param shape of the output
     * @param aStrides one stride per dimension, in elements; 0 where a is broadcast
     * @param bStrides likewise for b
     * @param yOffset in bytes, one byte per element
     */
    public static void apply(
            Relation relation,
            MemorySegment a,
            long aOffset,
            long[] aStrides,
            MemorySegment b,
            long bOffset,
            long[] bStrides,
            MemorySegment y,
            long yOffset,
            long[] shape) {
        OperandRows.forEachChunk(
                a,
                aOffset,
                aStrides,
                b,
                bOffset,
                bStrides,
                yOffset,
                shape,
                (as, ao, aStep, bs, bo, bStep, yo, n) -> chunk(relation, as, ao, aStep, bs, bo, bStep, y, yo, n));
    }

    private static void chunk(
            Relation relation,
            MemorySegment a,
            long ao,
            long aStep,
            MemorySegment b,
            long bo,
            long bStep,
            MemorySegment y,
            long yo,
            int n) {
        int whole = Lanes.whole(n);
        switch (relation) {
            case EQ -> equal(a, ao, aStep, b, bo, bStep, y, yo, whole, 0);
            case NE -> equal(a, ao, aStep, b, bo, bStep, y, yo, whole, FOUR_FLAGS);
            case LT -> less(a, ao, aStep, b, bo, bStep, y, yo, whole);
            case LE -> lessOrEqual(a, ao, aStep, b, bo, bStep, y, yo, whole);
            case GT -> less(b, bo, bStep, a, ao, aStep, y, yo, whole);
            case GE -> lessOrEqual(b, bo, bStep, a, ao, aStep, y, yo, whole);
        }
        for (int i = whole; i < n; i++) {
            float u = Lanes.get(a, ao + i * aStep);
            float v = Lanes.get(b, bo + i * bStep);
            boolean holds = switch (relation) {
                case EQ -> u == v;
                case NE -> u != v;
                case LT -> u < v;
                case LE -> u <= v;
                case GT -> u > v;
                case GE -> u >= v;
            };
            y.set(ValueLayout.JAVA_BYTE, yo + i, (byte) (holds ? 1 : 0));
        }
    }

    private static void equal(
            MemorySegment a,
            long ao,
            long aStep,
            MemorySegment b,
            long bo,
            long bStep,
            MemorySegment y,
            long yo,
            int n,
            int flip) {
        for (int i = 0; i < n; i += L) {
            VectorMask<Float> mask = load(a, ao + i * aStep).compare(VectorOperators.EQ, load(b, bo + i * bStep));
            long bits = mask.toLong();
            for (int k = 0; k < L; k += 4) {
                y.set(FOUR_BYTES, yo + i + k, Integer.expand((int) (bits >>> k), FOUR_FLAGS) ^ flip);
            }
        }
    }

    private static void less(
            MemorySegment a,
            long ao,
            long aStep,
            MemorySegment b,
            long bo,
            long bStep,
            MemorySegment y,
            long yo,
            int n) {
        for (int i = 0; i < n; i += L) {
            VectorMask<Float> mask = load(a, ao + i * aStep).compare(VectorOperators.LT, load(b, bo + i * bStep));
            long bits = mask.toLong();
            for (int k = 0; k < L; k += 4) {
                y.set(FOUR_BYTES, yo + i + k, Integer.expand((int) (bits >>> k), FOUR_FLAGS));
            }
        }
    }

    private static void lessOrEqual(
            MemorySegment a,
            long ao,
            long aStep,
            MemorySegment b,
            long bo,
            long bStep,
            MemorySegment y,
            long yo,
            int n) {
        for (int i = 0; i < n; i += L) {
            VectorMask<Float> mask = load(a, ao + i * aStep).compare(VectorOperators.LE, load(b, bo + i * bStep));
            long bits = mask.toLong();
            for (int k = 0; k < L; k += 4) {
                y.set(FOUR_BYTES, yo + i + k, Integer.expand((int) (bits >>> k), FOUR_FLAGS));
            }
        }
    }
}
