package org.openmoshi.tensor.cpu.vector;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.openmoshi.tensor.cpu.vector.Lanes.ADDRESSES;
import static org.openmoshi.tensor.cpu.vector.Lanes.F;
import static org.openmoshi.tensor.cpu.vector.Lanes.L;
import static org.openmoshi.tensor.cpu.vector.Lanes.MEMORY;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * Weights in bfloat16: the upper halves of float32 numbers. The narrow tiles of {@link PackedConvTiles} with weights that
 * are widened on the way to a register, and widening into memory for the wide ones, which read a weight many times.
 */
final class Bf16Tiles {
    private static final long VECTOR_BYTES = F.vectorByteSize();
    private static final long HALF_BYTES = VECTOR_BYTES / 2;
    private static final long STEP = PackedConvTiles.STEP;
    private static final long BF16_STEP = STEP / 2;

    private Bf16Tiles() {}

    /** count floats from as many numbers at an address; count is a multiple of the lanes. */
    static void widen(long from, int count, MemorySegment to) {
        for (int i = 0; i < count; i += L) {
            Lanes.bf16(from + 2L * i).intoMemorySegment(to, 4L * i, LITTLE_ENDIAN);
        }
    }

    static void tile2(
            int depth, int taps, long w, long x, long column, long tap, long next, MemorySegment tile, long to) {
        FloatVector a0 = FloatVector.zero(F);
        FloatVector a1 = FloatVector.zero(F);
        FloatVector b0 = FloatVector.zero(F);
        FloatVector b1 = FloatVector.zero(F);
        int k = 0;
        for (int p = 0; p < depth; p++) {
            FloatVector w0 = Lanes.bf16(w & ADDRESSES);
            FloatVector w1 = Lanes.bf16((w + HALF_BYTES) & ADDRESSES);
            FloatVector x0 = FloatVector.broadcast(F, MEMORY.get(Packing.FLOAT, x & ADDRESSES));
            a0 = x0.fma(w0, a0);
            a1 = x0.fma(w1, a1);
            FloatVector x1 = FloatVector.broadcast(F, MEMORY.get(Packing.FLOAT, (x + column) & ADDRESSES));
            b0 = x1.fma(w0, b0);
            b1 = x1.fma(w1, b1);
            w += BF16_STEP;
            if (++k == taps) {
                k = 0;
                x += next;
            } else {
                x += tap;
            }
        }
        a0.intoMemorySegment(tile, to, LITTLE_ENDIAN);
        a1.intoMemorySegment(tile, to + VECTOR_BYTES, LITTLE_ENDIAN);
        b0.intoMemorySegment(tile, to + STEP, LITTLE_ENDIAN);
        b1.intoMemorySegment(tile, to + STEP + VECTOR_BYTES, LITTLE_ENDIAN);
    }

    static void tile1(
            int depth, int taps, long w, long x, long column, long tap, long next, MemorySegment tile, long to) {
        FloatVector a0 = FloatVector.zero(F);
        FloatVector a1 = FloatVector.zero(F);
        int k = 0;
        for (int p = 0; p < depth; p++) {
            FloatVector w0 = Lanes.bf16(w & ADDRESSES);
            FloatVector w1 = Lanes.bf16((w + HALF_BYTES) & ADDRESSES);
            FloatVector x0 = FloatVector.broadcast(F, MEMORY.get(Packing.FLOAT, x & ADDRESSES));
            a0 = x0.fma(w0, a0);
            a1 = x0.fma(w1, a1);
            w += BF16_STEP;
            if (++k == taps) {
                k = 0;
                x += next;
            } else {
                x += tap;
            }
        }
        a0.intoMemorySegment(tile, to, LITTLE_ENDIAN);
        a1.intoMemorySegment(tile, to + VECTOR_BYTES, LITTLE_ENDIAN);
    }
}
