package org.openmoshi.tensor.cpu.vector;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.openmoshi.tensor.cpu.vector.Lanes.ADDRESSES;
import static org.openmoshi.tensor.cpu.vector.Lanes.MEMORY;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The register tile of every matrix product: {@code tile = A B} for up to {@link #MR} rows and {@link #NR}
 * columns.
 *
 * <p>A panel of A holds, for every step of the depth, MR consecutive floats; a panel of B holds NR. The accumulators
 * are local variables of one method each, written out by hand: handing vectors to another method boxes them and is
 * more than ten times slower. For the same reason memory is reached by address: a checked access through an operand's
 * segment takes hundreds of the compiler's nodes, and when they are used up it boxes too. Callers check their ranges
 * with {@link Lanes#address}. Addresses and strides are in bytes.
 */
final class MicroKernel {
    static final VectorSpecies<Float> SPECIES = Lanes.F;

    /** Lanes of one vector. */
    static final int LANES = SPECIES.length();

    // The compiler loads most of A's column before it begins to multiply, so that 8 x 2 accumulators fill 26 of 32
    // vector registers (AVX-512, NEON, SVE), and 4 x 2 fill 14 of 16. Three columns would be spilled in every step.
    private static final boolean MANY_REGISTERS =
            SPECIES.vectorBitSize() >= 512 || System.getProperty("os.arch").equals("aarch64");

    /** Rows of a tile. */
    static final int MR = MANY_REGISTERS ? 8 : 4;

    /** Columns of a tile. */
    static final int NR = 2 * LANES;

    private static final long VECTOR_BYTES = SPECIES.vectorByteSize();
    private static final long A_STEP = MR * 4L;
    private static final long B_STEP = NR * 4L;

    private MicroKernel() {}

    /**
     * Fills the first {@code rows} x {@code columns} elements, and arbitrarily the others, of an MR x NR tile.
     *
     * @param a a panel of {@code depth} steps
     * @param b a panel of {@code depth} steps
     */
    static void run(int rows, int columns, int depth, long a, long b, long tile) {
        if (rows > 4) {
            if (columns > LANES) {
                tile8x2(depth, a, b, tile);
            } else {
                tile8x1(depth, a, b, tile);
            }
        } else if (columns > LANES) {
            tile4x2(depth, a, b, tile);
        } else {
            tile4x1(depth, a, b, tile);
        }
    }

    private static void tile8x2(int depth, long a, long b, long tile) {
        FloatVector c00 = FloatVector.zero(SPECIES);
        FloatVector c01 = FloatVector.zero(SPECIES);
        FloatVector c10 = FloatVector.zero(SPECIES);
        FloatVector c11 = FloatVector.zero(SPECIES);
        FloatVector c20 = FloatVector.zero(SPECIES);
        FloatVector c21 = FloatVector.zero(SPECIES);
        FloatVector c30 = FloatVector.zero(SPECIES);
        FloatVector c31 = FloatVector.zero(SPECIES);
        FloatVector c40 = FloatVector.zero(SPECIES);
        FloatVector c41 = FloatVector.zero(SPECIES);
        FloatVector c50 = FloatVector.zero(SPECIES);
        FloatVector c51 = FloatVector.zero(SPECIES);
        FloatVector c60 = FloatVector.zero(SPECIES);
        FloatVector c61 = FloatVector.zero(SPECIES);
        FloatVector c70 = FloatVector.zero(SPECIES);
        FloatVector c71 = FloatVector.zero(SPECIES);
        for (int p = 0; p < depth; p++) {
            long ap = (a + p * A_STEP) & ADDRESSES;
            long bp = (b + p * B_STEP) & ADDRESSES;
            FloatVector b0 = FloatVector.fromMemorySegment(SPECIES, MEMORY, bp, LITTLE_ENDIAN);
            FloatVector b1 = FloatVector.fromMemorySegment(SPECIES, MEMORY, bp + VECTOR_BYTES, LITTLE_ENDIAN);
            FloatVector a0 = FloatVector.broadcast(SPECIES, MEMORY.get(Packing.FLOAT, ap));
            c00 = a0.fma(b0, c00);
            c01 = a0.fma(b1, c01);
            FloatVector a1 = FloatVector.broadcast(SPECIES, MEMORY.get(Packing.FLOAT, ap + 4));
            c10 = a1.fma(b0, c10);
            c11 = a1.fma(b1, c11);
            FloatVector a2 = FloatVector.broadcast(SPECIES, MEMORY.get(Packing.FLOAT, ap + 8));
            c20 = a2.fma(b0, c20);
            c21 = a2.fma(b1, c21);
            FloatVector a3 = FloatVector.broadcast(SPECIES, MEMORY.get(Packing.FLOAT, ap + 12));
            c30 = a3.fma(b0, c30);
            c31 = a3.fma(b1, c31);
            FloatVector a4 = FloatVector.broadcast(SPECIES, MEMORY.get(Packing.FLOAT, ap + 16));
            c40 = a4.fma(b0, c40);
            c41 = a4.fma(b1, c41);
            FloatVector a5 = FloatVector.broadcast(SPECIES, MEMORY.get(Packing.FLOAT, ap + 20));
            c50 = a5.fma(b0, c50);
            c51 = a5.fma(b1, c51);
            FloatVector a6 = FloatVector.broadcast(SPECIES, MEMORY.get(Packing.FLOAT, ap + 24));
            c60 = a6.fma(b0, c60);
            c61 = a6.fma(b1, c61);
            FloatVector a7 = FloatVector.broadcast(SPECIES, MEMORY.get(Packing.FLOAT, ap + 28));
            c70 = a7.fma(b0, c70);
            c71 = a7.fma(b1, c71);
        }
        long to = tile & ADDRESSES;
        c00.intoMemorySegment(MEMORY, to, LITTLE_ENDIAN);
        c01.intoMemorySegment(MEMORY, to + VECTOR_BYTES, LITTLE_ENDIAN);
        c10.intoMemorySegment(MEMORY, to + 2 * VECTOR_BYTES, LITTLE_ENDIAN);
        c11.intoMemorySegment(MEMORY, to + 3 * VECTOR_BYTES, LITTLE_ENDIAN);
        c20.intoMemorySegment(MEMORY, to + 4 * VECTOR_BYTES, LITTLE_ENDIAN);
        c21.intoMemorySegment(MEMORY, to + 5 * VECTOR_BYTES, LITTLE_ENDIAN);
        c30.intoMemorySegment(MEMORY, to + 6 * VECTOR_BYTES, LITTLE_ENDIAN);
        c31.intoMemorySegment(MEMORY, to + 7 * VECTOR_BYTES, LITTLE_ENDIAN);
        c40.intoMemorySegment(MEMORY, to + 8 * VECTOR_BYTES, LITTLE_ENDIAN);
        c41.intoMemorySegment(MEMORY, to + 9 * VECTOR_BYTES, LITTLE_ENDIAN);
        c50.intoMemorySegment(MEMORY, to + 10 * VECTOR_BYTES, LITTLE_ENDIAN);
        c51.intoMemorySegment(MEMORY, to + 11 * VECTOR_BYTES, LITTLE_ENDIAN);
        c60.intoMemorySegment(MEMORY, to + 12 * VECTOR_BYTES, LITTLE_ENDIAN);
        c61.intoMemorySegment(MEMORY, to + 13 * VECTOR_BYTES, LITTLE_ENDIAN);
        c70.intoMemorySegment(MEMORY, to + 14 * VECTOR_BYTES, LITTLE_ENDIAN);
        c71.intoMemorySegment(MEMORY, to + 15 * VECTOR_BYTES, LITTLE_ENDIAN);
    }

    private static void tile8x1(int depth, long a, long b, long tile) {
        FloatVector c00 = FloatVector.zero(SPECIES);
        FloatVector c10 = FloatVector.zero(SPECIES);
        FloatVector c20 = FloatVector.zero(SPECIES);
        FloatVector c30 = FloatVector.zero(SPECIES);
        FloatVector c40 = FloatVector.zero(SPECIES);
        FloatVector c50 = FloatVector.zero(SPECIES);
        FloatVector c60 = FloatVector.zero(SPECIES);
        FloatVector c70 = FloatVector.zero(SPECIES);
        for (int p = 0; p < depth; p++) {
            long ap = (a + p * A_STEP) & ADDRESSES;
            long bp = (b + p * B_STEP) & ADDRESSES;
            FloatVector b0 = FloatVector.fromMemorySegment(SPECIES, MEMORY, bp, LITTLE_ENDIAN);
            FloatVector a0 = FloatVector.broadcast(SPECIES, MEMORY.get(Packing.FLOAT, ap));
            c00 = a0.fma(b0, c00);
            FloatVector a1 = FloatVector.broadcast(SPECIES, MEMORY.get(Packing.FLOAT, ap + 4));
            c10 = a1.fma(b0, c10);
            FloatVector a2 = FloatVector.broadcast(SPECIES, MEMORY.get(Packing.FLOAT, ap + 8));
            c20 = a2.fma(b0, c20);
            FloatVector a3 = FloatVector.broadcast(SPECIES, MEMORY.get(Packing.FLOAT, ap + 12));
            c30 = a3.fma(b0, c30);
            FloatVector a4 = FloatVector.broadcast(SPECIES, MEMORY.get(Packing.FLOAT, ap + 16));
            c40 = a4.fma(b0, c40);
            FloatVector a5 = FloatVector.broadcast(SPECIES, MEMORY.get(Packing.FLOAT, ap + 20));
            c50 = a5.fma(b0, c50);
            FloatVector a6 = FloatVector.broadcast(SPECIES, MEMORY.get(Packing.FLOAT, ap + 24));
            c60 = a6.fma(b0, c60);
            FloatVector a7 = FloatVector.broadcast(SPECIES, MEMORY.get(Packing.FLOAT, ap + 28));
            c70 = a7.fma(b0, c70);
        }
        long to = tile & ADDRESSES;
        c00.intoMemorySegment(MEMORY, to, LITTLE_ENDIAN);
        c10.intoMemorySegment(MEMORY, to + 2 * VECTOR_BYTES, LITTLE_ENDIAN);
        c20.intoMemorySegment(MEMORY, to + 4 * VECTOR_BYTES, LITTLE_ENDIAN);
        c30.intoMemorySegment(MEMORY, to + 6 * VECTOR_BYTES, LITTLE_ENDIAN);
        c40.intoMemorySegment(MEMORY, to + 8 * VECTOR_BYTES, LITTLE_ENDIAN);
        c50.intoMemorySegment(MEMORY, to + 10 * VECTOR_BYTES, LITTLE_ENDIAN);
        c60.intoMemorySegment(MEMORY, to + 12 * VECTOR_BYTES, LITTLE_ENDIAN);
        c70.intoMemorySegment(MEMORY, to + 14 * VECTOR_BYTES, LITTLE_ENDIAN);
    }

    private static void tile4x2(int depth, long a, long b, long tile) {
        FloatVector c00 = FloatVector.zero(SPECIES);
        FloatVector c01 = FloatVector.zero(SPECIES);
        FloatVector c10 = FloatVector.zero(SPECIES);
        FloatVector c11 = FloatVector.zero(SPECIES);
        FloatVector c20 = FloatVector.zero(SPECIES);
        FloatVector c21 = FloatVector.zero(SPECIES);
        FloatVector c30 = FloatVector.zero(SPECIES);
        FloatVector c31 = FloatVector.zero(SPECIES);
        for (int p = 0; p < depth; p++) {
            long ap = (a + p * A_STEP) & ADDRESSES;
            long bp = (b + p * B_STEP) & ADDRESSES;
            FloatVector b0 = FloatVector.fromMemorySegment(SPECIES, MEMORY, bp, LITTLE_ENDIAN);
            FloatVector b1 = FloatVector.fromMemorySegment(SPECIES, MEMORY, bp + VECTOR_BYTES, LITTLE_ENDIAN);
            FloatVector a0 = FloatVector.broadcast(SPECIES, MEMORY.get(Packing.FLOAT, ap));
            c00 = a0.fma(b0, c00);
            c01 = a0.fma(b1, c01);
            FloatVector a1 = FloatVector.broadcast(SPECIES, MEMORY.get(Packing.FLOAT, ap + 4));
            c10 = a1.fma(b0, c10);
            c11 = a1.fma(b1, c11);
            FloatVector a2 = FloatVector.broadcast(SPECIES, MEMORY.get(Packing.FLOAT, ap + 8));
            c20 = a2.fma(b0, c20);
            c21 = a2.fma(b1, c21);
            FloatVector a3 = FloatVector.broadcast(SPECIES, MEMORY.get(Packing.FLOAT, ap + 12));
            c30 = a3.fma(b0, c30);
            c31 = a3.fma(b1, c31);
        }
        long to = tile & ADDRESSES;
        c00.intoMemorySegment(MEMORY, to, LITTLE_ENDIAN);
        c01.intoMemorySegment(MEMORY, to + VECTOR_BYTES, LITTLE_ENDIAN);
        c10.intoMemorySegment(MEMORY, to + 2 * VECTOR_BYTES, LITTLE_ENDIAN);
        c11.intoMemorySegment(MEMORY, to + 3 * VECTOR_BYTES, LITTLE_ENDIAN);
        c20.intoMemorySegment(MEMORY, to + 4 * VECTOR_BYTES, LITTLE_ENDIAN);
        c21.intoMemorySegment(MEMORY, to + 5 * VECTOR_BYTES, LITTLE_ENDIAN);
        c30.intoMemorySegment(MEMORY, to + 6 * VECTOR_BYTES, LITTLE_ENDIAN);
        c31.intoMemorySegment(MEMORY, to + 7 * VECTOR_BYTES, LITTLE_ENDIAN);
    }

    private static void tile4x1(int depth, long a, long b, long tile) {
        FloatVector c00 = FloatVector.zero(SPECIES);
        FloatVector c10 = FloatVector.zero(SPECIES);
        FloatVector c20 = FloatVector.zero(SPECIES);
        FloatVector c30 = FloatVector.zero(SPECIES);
        for (int p = 0; p < depth; p++) {
            long ap = (a + p * A_STEP) & ADDRESSES;
            long bp = (b + p * B_STEP) & ADDRESSES;
            FloatVector b0 = FloatVector.fromMemorySegment(SPECIES, MEMORY, bp, LITTLE_ENDIAN);
            FloatVector a0 = FloatVector.broadcast(SPECIES, MEMORY.get(Packing.FLOAT, ap));
            c00 = a0.fma(b0, c00);
            FloatVector a1 = FloatVector.broadcast(SPECIES, MEMORY.get(Packing.FLOAT, ap + 4));
            c10 = a1.fma(b0, c10);
            FloatVector a2 = FloatVector.broadcast(SPECIES, MEMORY.get(Packing.FLOAT, ap + 8));
            c20 = a2.fma(b0, c20);
            FloatVector a3 = FloatVector.broadcast(SPECIES, MEMORY.get(Packing.FLOAT, ap + 12));
            c30 = a3.fma(b0, c30);
        }
        long to = tile & ADDRESSES;
        c00.intoMemorySegment(MEMORY, to, LITTLE_ENDIAN);
        c10.intoMemorySegment(MEMORY, to + 2 * VECTOR_BYTES, LITTLE_ENDIAN);
        c20.intoMemorySegment(MEMORY, to + 4 * VECTOR_BYTES, LITTLE_ENDIAN);
        c30.intoMemorySegment(MEMORY, to + 6 * VECTOR_BYTES, LITTLE_ENDIAN);
    }
}
