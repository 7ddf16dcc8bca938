package org.openmoshi.tensor.cpu.vector;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.openmoshi.tensor.cpu.vector.Lanes.ADDRESSES;
import static org.openmoshi.tensor.cpu.vector.Lanes.F;
import static org.openmoshi.tensor.cpu.vector.Lanes.MEMORY;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * Register tiles of {@link PackedConvKernel}: two vectors of a panel's rows times some columns, which are windows of x.
 * Weights come one after the other, elements of x from wherever they are. Written out by hand, as those of
 * {@link MicroKernel}. w and x are addresses, strides are in bytes: {@code column} to the next window, {@code tap} to the
 * next tap, {@code next} from the last tap to the first one of the next channel. Column i of the tile begins at to + i
 * STEP.
 */
final class PackedConvTiles {
    private static final long VECTOR_BYTES = F.vectorByteSize();
    /** From a row of a panel, and from a column of a tile, to the next. */
    static final long STEP = 32 * 4L;

    private PackedConvTiles() {}

    static void tile8(
            int depth, int taps, long w, long x, long column, long tap, long next, MemorySegment tile, long to) {
        FloatVector a0 = FloatVector.zero(F);
        FloatVector a1 = FloatVector.zero(F);
        FloatVector b0 = FloatVector.zero(F);
        FloatVector b1 = FloatVector.zero(F);
        FloatVector c0 = FloatVector.zero(F);
        FloatVector c1 = FloatVector.zero(F);
        FloatVector d0 = FloatVector.zero(F);
        FloatVector d1 = FloatVector.zero(F);
        FloatVector e0 = FloatVector.zero(F);
        FloatVector e1 = FloatVector.zero(F);
        FloatVector f0 = FloatVector.zero(F);
        FloatVector f1 = FloatVector.zero(F);
        FloatVector g0 = FloatVector.zero(F);
        FloatVector g1 = FloatVector.zero(F);
        FloatVector h0 = FloatVector.zero(F);
        FloatVector h1 = FloatVector.zero(F);
        int k = 0;
        for (int p = 0; p < depth; p++) {
            FloatVector w0 = FloatVector.fromMemorySegment(F, MEMORY, w & ADDRESSES, LITTLE_ENDIAN);
            FloatVector w1 = FloatVector.fromMemorySegment(F, MEMORY, (w + VECTOR_BYTES) & ADDRESSES, LITTLE_ENDIAN);
            FloatVector x0 = FloatVector.broadcast(F, MEMORY.get(Packing.FLOAT, x & ADDRESSES));
            a0 = x0.fma(w0, a0);
            a1 = x0.fma(w1, a1);
            FloatVector x1 = FloatVector.broadcast(F, MEMORY.get(Packing.FLOAT, (x + column) & ADDRESSES));
            b0 = x1.fma(w0, b0);
            b1 = x1.fma(w1, b1);
            FloatVector x2 = FloatVector.broadcast(F, MEMORY.get(Packing.FLOAT, (x + 2 * column) & ADDRESSES));
            c0 = x2.fma(w0, c0);
            c1 = x2.fma(w1, c1);
            FloatVector x3 = FloatVector.broadcast(F, MEMORY.get(Packing.FLOAT, (x + 3 * column) & ADDRESSES));
            d0 = x3.fma(w0, d0);
            d1 = x3.fma(w1, d1);
            FloatVector x4 = FloatVector.broadcast(F, MEMORY.get(Packing.FLOAT, (x + 4 * column) & ADDRESSES));
            e0 = x4.fma(w0, e0);
            e1 = x4.fma(w1, e1);
            FloatVector x5 = FloatVector.broadcast(F, MEMORY.get(Packing.FLOAT, (x + 5 * column) & ADDRESSES));
            f0 = x5.fma(w0, f0);
            f1 = x5.fma(w1, f1);
            FloatVector x6 = FloatVector.broadcast(F, MEMORY.get(Packing.FLOAT, (x + 6 * column) & ADDRESSES));
            g0 = x6.fma(w0, g0);
            g1 = x6.fma(w1, g1);
            FloatVector x7 = FloatVector.broadcast(F, MEMORY.get(Packing.FLOAT, (x + 7 * column) & ADDRESSES));
            h0 = x7.fma(w0, h0);
            h1 = x7.fma(w1, h1);
            w += STEP;
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
        c0.intoMemorySegment(tile, to + 2 * STEP, LITTLE_ENDIAN);
        c1.intoMemorySegment(tile, to + 2 * STEP + VECTOR_BYTES, LITTLE_ENDIAN);
        d0.intoMemorySegment(tile, to + 3 * STEP, LITTLE_ENDIAN);
        d1.intoMemorySegment(tile, to + 3 * STEP + VECTOR_BYTES, LITTLE_ENDIAN);
        e0.intoMemorySegment(tile, to + 4 * STEP, LITTLE_ENDIAN);
        e1.intoMemorySegment(tile, to + 4 * STEP + VECTOR_BYTES, LITTLE_ENDIAN);
        f0.intoMemorySegment(tile, to + 5 * STEP, LITTLE_ENDIAN);
        f1.intoMemorySegment(tile, to + 5 * STEP + VECTOR_BYTES, LITTLE_ENDIAN);
        g0.intoMemorySegment(tile, to + 6 * STEP, LITTLE_ENDIAN);
        g1.intoMemorySegment(tile, to + 6 * STEP + VECTOR_BYTES, LITTLE_ENDIAN);
        h0.intoMemorySegment(tile, to + 7 * STEP, LITTLE_ENDIAN);
        h1.intoMemorySegment(tile, to + 7 * STEP + VECTOR_BYTES, LITTLE_ENDIAN);
    }

    static void tile4(
            int depth, int taps, long w, long x, long column, long tap, long next, MemorySegment tile, long to) {
        FloatVector a0 = FloatVector.zero(F);
        FloatVector a1 = FloatVector.zero(F);
        FloatVector b0 = FloatVector.zero(F);
        FloatVector b1 = FloatVector.zero(F);
        FloatVector c0 = FloatVector.zero(F);
        FloatVector c1 = FloatVector.zero(F);
        FloatVector d0 = FloatVector.zero(F);
        FloatVector d1 = FloatVector.zero(F);
        int k = 0;
        for (int p = 0; p < depth; p++) {
            FloatVector w0 = FloatVector.fromMemorySegment(F, MEMORY, w & ADDRESSES, LITTLE_ENDIAN);
            FloatVector w1 = FloatVector.fromMemorySegment(F, MEMORY, (w + VECTOR_BYTES) & ADDRESSES, LITTLE_ENDIAN);
            FloatVector x0 = FloatVector.broadcast(F, MEMORY.get(Packing.FLOAT, x & ADDRESSES));
            a0 = x0.fma(w0, a0);
            a1 = x0.fma(w1, a1);
            FloatVector x1 = FloatVector.broadcast(F, MEMORY.get(Packing.FLOAT, (x + column) & ADDRESSES));
            b0 = x1.fma(w0, b0);
            b1 = x1.fma(w1, b1);
            FloatVector x2 = FloatVector.broadcast(F, MEMORY.get(Packing.FLOAT, (x + 2 * column) & ADDRESSES));
            c0 = x2.fma(w0, c0);
            c1 = x2.fma(w1, c1);
            FloatVector x3 = FloatVector.broadcast(F, MEMORY.get(Packing.FLOAT, (x + 3 * column) & ADDRESSES));
            d0 = x3.fma(w0, d0);
            d1 = x3.fma(w1, d1);
            w += STEP;
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
        c0.intoMemorySegment(tile, to + 2 * STEP, LITTLE_ENDIAN);
        c1.intoMemorySegment(tile, to + 2 * STEP + VECTOR_BYTES, LITTLE_ENDIAN);
        d0.intoMemorySegment(tile, to + 3 * STEP, LITTLE_ENDIAN);
        d1.intoMemorySegment(tile, to + 3 * STEP + VECTOR_BYTES, LITTLE_ENDIAN);
    }

    static void tile2(
            int depth, int taps, long w, long x, long column, long tap, long next, MemorySegment tile, long to) {
        FloatVector a0 = FloatVector.zero(F);
        FloatVector a1 = FloatVector.zero(F);
        FloatVector b0 = FloatVector.zero(F);
        FloatVector b1 = FloatVector.zero(F);
        int k = 0;
        for (int p = 0; p < depth; p++) {
            FloatVector w0 = FloatVector.fromMemorySegment(F, MEMORY, w & ADDRESSES, LITTLE_ENDIAN);
            FloatVector w1 = FloatVector.fromMemorySegment(F, MEMORY, (w + VECTOR_BYTES) & ADDRESSES, LITTLE_ENDIAN);
            FloatVector x0 = FloatVector.broadcast(F, MEMORY.get(Packing.FLOAT, x & ADDRESSES));
            a0 = x0.fma(w0, a0);
            a1 = x0.fma(w1, a1);
            FloatVector x1 = FloatVector.broadcast(F, MEMORY.get(Packing.FLOAT, (x + column) & ADDRESSES));
            b0 = x1.fma(w0, b0);
            b1 = x1.fma(w1, b1);
            w += STEP;
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
            FloatVector w0 = FloatVector.fromMemorySegment(F, MEMORY, w & ADDRESSES, LITTLE_ENDIAN);
            FloatVector w1 = FloatVector.fromMemorySegment(F, MEMORY, (w + VECTOR_BYTES) & ADDRESSES, LITTLE_ENDIAN);
            FloatVector x0 = FloatVector.broadcast(F, MEMORY.get(Packing.FLOAT, x & ADDRESSES));
            a0 = x0.fma(w0, a0);
            a1 = x0.fma(w1, a1);
            w += STEP;
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
