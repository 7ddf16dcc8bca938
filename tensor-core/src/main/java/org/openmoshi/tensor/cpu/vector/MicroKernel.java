package org.openmoshi.tensor.cpu.vector;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The register tile of every matrix product: {@code tile = A B} for up to {@link #MR} rows and {@link #NR} columns.
 *
 * <p>A panel of A holds, for every step of the depth, MR consecutive floats; a panel of B holds NR. The accumulators
 * are local variables of one method each, written out by hand: handing vectors to another method boxes them and is
 * more than ten times slower. The methods do nothing else, because a compiler that runs out of room for such a large
 * method boxes too: adding the tile to C is left to the caller. Offsets are in bytes.
 */
final class MicroKernel {
    static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

    /** Lanes of one vector. */
    static final int LANES = SPECIES.length();

    // 8 x 3 accumulators need 32 vector registers (AVX-512, NEON, SVE); with 16 registers 4 x 3 is the largest tile.
    private static final boolean MANY_REGISTERS =
            SPECIES.vectorBitSize() >= 512 || System.getProperty("os.arch").equals("aarch64");

    /** Rows of a tile. */
    static final int MR = MANY_REGISTERS ? 8 : 4;

    /** Columns of a tile. */
    static final int NR = 3 * LANES;

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN);
    private static final long VECTOR_BYTES = SPECIES.vectorByteSize();
    private static final long A_STEP = MR * 4L;
    private static final long B_STEP = NR * 4L;

    private MicroKernel() {}

    /** Fills the first {@code rows} x {@code columns} elements, and arbitrarily the others, of an MR x NR tile. */
    static void run(
            int rows, int columns, int depth, MemorySegment as, long a, MemorySegment bs, long b, MemorySegment tile) {
        if (rows > 4) {
            if (columns > 2 * LANES) {
                tile8x3(depth, as, a, bs, b, tile);
            } else if (columns > LANES) {
                tile8x2(depth, as, a, bs, b, tile);
            } else {
                tile8x1(depth, as, a, bs, b, tile);
            }
        } else if (columns > 2 * LANES) {
            tile4x3(depth, as, a, bs, b, tile);
        } else if (columns > LANES) {
            tile4x2(depth, as, a, bs, b, tile);
        } else {
            tile4x1(depth, as, a, bs, b, tile);
        }
    }

    private static void tile8x3(int depth, MemorySegment as, long a, MemorySegment bs, long b, MemorySegment tile) {
        FloatVector c00 = FloatVector.zero(SPECIES);
        FloatVector c01 = FloatVector.zero(SPECIES);
        FloatVector c02 = FloatVector.zero(SPECIES);
        FloatVector c10 = FloatVector.zero(SPECIES);
        FloatVector c11 = FloatVector.zero(SPECIES);
        FloatVector c12 = FloatVector.zero(SPECIES);
        FloatVector c20 = FloatVector.zero(SPECIES);
        FloatVector c21 = FloatVector.zero(SPECIES);
        FloatVector c22 = FloatVector.zero(SPECIES);
        FloatVector c30 = FloatVector.zero(SPECIES);
        FloatVector c31 = FloatVector.zero(SPECIES);
        FloatVector c32 = FloatVector.zero(SPECIES);
        FloatVector c40 = FloatVector.zero(SPECIES);
        FloatVector c41 = FloatVector.zero(SPECIES);
        FloatVector c42 = FloatVector.zero(SPECIES);
        FloatVector c50 = FloatVector.zero(SPECIES);
        FloatVector c51 = FloatVector.zero(SPECIES);
        FloatVector c52 = FloatVector.zero(SPECIES);
        FloatVector c60 = FloatVector.zero(SPECIES);
        FloatVector c61 = FloatVector.zero(SPECIES);
        FloatVector c62 = FloatVector.zero(SPECIES);
        FloatVector c70 = FloatVector.zero(SPECIES);
        FloatVector c71 = FloatVector.zero(SPECIES);
        FloatVector c72 = FloatVector.zero(SPECIES);
        for (int p = 0; p < depth; p++) {
            FloatVector b0 = FloatVector.fromMemorySegment(SPECIES, bs, b, LITTLE_ENDIAN);
            FloatVector b1 = FloatVector.fromMemorySegment(SPECIES, bs, b + VECTOR_BYTES, LITTLE_ENDIAN);
            FloatVector b2 = FloatVector.fromMemorySegment(SPECIES, bs, b + 2 * VECTOR_BYTES, LITTLE_ENDIAN);
            FloatVector a0 = FloatVector.broadcast(SPECIES, as.get(FLOAT, a));
            c00 = a0.fma(b0, c00);
            c01 = a0.fma(b1, c01);
            c02 = a0.fma(b2, c02);
            FloatVector a1 = FloatVector.broadcast(SPECIES, as.get(FLOAT, a + 4));
            c10 = a1.fma(b0, c10);
            c11 = a1.fma(b1, c11);
            c12 = a1.fma(b2, c12);
            FloatVector a2 = FloatVector.broadcast(SPECIES, as.get(FLOAT, a + 8));
            c20 = a2.fma(b0, c20);
            c21 = a2.fma(b1, c21);
            c22 = a2.fma(b2, c22);
            FloatVector a3 = FloatVector.broadcast(SPECIES, as.get(FLOAT, a + 12));
            c30 = a3.fma(b0, c30);
            c31 = a3.fma(b1, c31);
            c32 = a3.fma(b2, c32);
            FloatVector a4 = FloatVector.broadcast(SPECIES, as.get(FLOAT, a + 16));
            c40 = a4.fma(b0, c40);
            c41 = a4.fma(b1, c41);
            c42 = a4.fma(b2, c42);
            FloatVector a5 = FloatVector.broadcast(SPECIES, as.get(FLOAT, a + 20));
            c50 = a5.fma(b0, c50);
            c51 = a5.fma(b1, c51);
            c52 = a5.fma(b2, c52);
            FloatVector a6 = FloatVector.broadcast(SPECIES, as.get(FLOAT, a + 24));
            c60 = a6.fma(b0, c60);
            c61 = a6.fma(b1, c61);
            c62 = a6.fma(b2, c62);
            FloatVector a7 = FloatVector.broadcast(SPECIES, as.get(FLOAT, a + 28));
            c70 = a7.fma(b0, c70);
            c71 = a7.fma(b1, c71);
            c72 = a7.fma(b2, c72);
            a += A_STEP;
            b += B_STEP;
        }
        c00.intoMemorySegment(tile, 0, LITTLE_ENDIAN);
        c01.intoMemorySegment(tile, VECTOR_BYTES, LITTLE_ENDIAN);
        c02.intoMemorySegment(tile, 2 * VECTOR_BYTES, LITTLE_ENDIAN);
        c10.intoMemorySegment(tile, 3 * VECTOR_BYTES, LITTLE_ENDIAN);
        c11.intoMemorySegment(tile, 4 * VECTOR_BYTES, LITTLE_ENDIAN);
        c12.intoMemorySegment(tile, 5 * VECTOR_BYTES, LITTLE_ENDIAN);
        c20.intoMemorySegment(tile, 6 * VECTOR_BYTES, LITTLE_ENDIAN);
        c21.intoMemorySegment(tile, 7 * VECTOR_BYTES, LITTLE_ENDIAN);
        c22.intoMemorySegment(tile, 8 * VECTOR_BYTES, LITTLE_ENDIAN);
        c30.intoMemorySegment(tile, 9 * VECTOR_BYTES, LITTLE_ENDIAN);
        c31.intoMemorySegment(tile, 10 * VECTOR_BYTES, LITTLE_ENDIAN);
        c32.intoMemorySegment(tile, 11 * VECTOR_BYTES, LITTLE_ENDIAN);
        c40.intoMemorySegment(tile, 12 * VECTOR_BYTES, LITTLE_ENDIAN);
        c41.intoMemorySegment(tile, 13 * VECTOR_BYTES, LITTLE_ENDIAN);
        c42.intoMemorySegment(tile, 14 * VECTOR_BYTES, LITTLE_ENDIAN);
        c50.intoMemorySegment(tile, 15 * VECTOR_BYTES, LITTLE_ENDIAN);
        c51.intoMemorySegment(tile, 16 * VECTOR_BYTES, LITTLE_ENDIAN);
        c52.intoMemorySegment(tile, 17 * VECTOR_BYTES, LITTLE_ENDIAN);
        c60.intoMemorySegment(tile, 18 * VECTOR_BYTES, LITTLE_ENDIAN);
        c61.intoMemorySegment(tile, 19 * VECTOR_BYTES, LITTLE_ENDIAN);
        c62.intoMemorySegment(tile, 20 * VECTOR_BYTES, LITTLE_ENDIAN);
        c70.intoMemorySegment(tile, 21 * VECTOR_BYTES, LITTLE_ENDIAN);
        c71.intoMemorySegment(tile, 22 * VECTOR_BYTES, LITTLE_ENDIAN);
        c72.intoMemorySegment(tile, 23 * VECTOR_BYTES, LITTLE_ENDIAN);
    }

    private static void tile8x2(int depth, MemorySegment as, long a, MemorySegment bs, long b, MemorySegment tile) {
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
            FloatVector b0 = FloatVector.fromMemorySegment(SPECIES, bs, b, LITTLE_ENDIAN);
            FloatVector b1 = FloatVector.fromMemorySegment(SPECIES, bs, b + VECTOR_BYTES, LITTLE_ENDIAN);
            FloatVector a0 = FloatVector.broadcast(SPECIES, as.get(FLOAT, a));
            c00 = a0.fma(b0, c00);
            c01 = a0.fma(b1, c01);
            FloatVector a1 = FloatVector.broadcast(SPECIES, as.get(FLOAT, a + 4));
            c10 = a1.fma(b0, c10);
            c11 = a1.fma(b1, c11);
            FloatVector a2 = FloatVector.broadcast(SPECIES, as.get(FLOAT, a + 8));
            c20 = a2.fma(b0, c20);
            c21 = a2.fma(b1, c21);
            FloatVector a3 = FloatVector.broadcast(SPECIES, as.get(FLOAT, a + 12));
            c30 = a3.fma(b0, c30);
            c31 = a3.fma(b1, c31);
            FloatVector a4 = FloatVector.broadcast(SPECIES, as.get(FLOAT, a + 16));
            c40 = a4.fma(b0, c40);
            c41 = a4.fma(b1, c41);
            FloatVector a5 = FloatVector.broadcast(SPECIES, as.get(FLOAT, a + 20));
            c50 = a5.fma(b0, c50);
            c51 = a5.fma(b1, c51);
            FloatVector a6 = FloatVector.broadcast(SPECIES, as.get(FLOAT, a + 24));
            c60 = a6.fma(b0, c60);
            c61 = a6.fma(b1, c61);
            FloatVector a7 = FloatVector.broadcast(SPECIES, as.get(FLOAT, a + 28));
            c70 = a7.fma(b0, c70);
            c71 = a7.fma(b1, c71);
            a += A_STEP;
            b += B_STEP;
        }
        c00.intoMemorySegment(tile, 0, LITTLE_ENDIAN);
        c01.intoMemorySegment(tile, VECTOR_BYTES, LITTLE_ENDIAN);
        c10.intoMemorySegment(tile, 3 * VECTOR_BYTES, LITTLE_ENDIAN);
        c11.intoMemorySegment(tile, 4 * VECTOR_BYTES, LITTLE_ENDIAN);
        c20.intoMemorySegment(tile, 6 * VECTOR_BYTES, LITTLE_ENDIAN);
        c21.intoMemorySegment(tile, 7 * VECTOR_BYTES, LITTLE_ENDIAN);
        c30.intoMemorySegment(tile, 9 * VECTOR_BYTES, LITTLE_ENDIAN);
        c31.intoMemorySegment(tile, 10 * VECTOR_BYTES, LITTLE_ENDIAN);
        c40.intoMemorySegment(tile, 12 * VECTOR_BYTES, LITTLE_ENDIAN);
        c41.intoMemorySegment(tile, 13 * VECTOR_BYTES, LITTLE_ENDIAN);
        c50.intoMemorySegment(tile, 15 * VECTOR_BYTES, LITTLE_ENDIAN);
        c51.intoMemorySegment(tile, 16 * VECTOR_BYTES, LITTLE_ENDIAN);
        c60.intoMemorySegment(tile, 18 * VECTOR_BYTES, LITTLE_ENDIAN);
        c61.intoMemorySegment(tile, 19 * VECTOR_BYTES, LITTLE_ENDIAN);
        c70.intoMemorySegment(tile, 21 * VECTOR_BYTES, LITTLE_ENDIAN);
        c71.intoMemorySegment(tile, 22 * VECTOR_BYTES, LITTLE_ENDIAN);
    }

    private static void tile8x1(int depth, MemorySegment as, long a, MemorySegment bs, long b, MemorySegment tile) {
        FloatVector c00 = FloatVector.zero(SPECIES);
        FloatVector c10 = FloatVector.zero(SPECIES);
        FloatVector c20 = FloatVector.zero(SPECIES);
        FloatVector c30 = FloatVector.zero(SPECIES);
        FloatVector c40 = FloatVector.zero(SPECIES);
        FloatVector c50 = FloatVector.zero(SPECIES);
        FloatVector c60 = FloatVector.zero(SPECIES);
        FloatVector c70 = FloatVector.zero(SPECIES);
        for (int p = 0; p < depth; p++) {
            FloatVector b0 = FloatVector.fromMemorySegment(SPECIES, bs, b, LITTLE_ENDIAN);
            FloatVector a0 = FloatVector.broadcast(SPECIES, as.get(FLOAT, a));
            c00 = a0.fma(b0, c00);
            FloatVector a1 = FloatVector.broadcast(SPECIES, as.get(FLOAT, a + 4));
            c10 = a1.fma(b0, c10);
            FloatVector a2 = FloatVector.broadcast(SPECIES, as.get(FLOAT, a + 8));
            c20 = a2.fma(b0, c20);
            FloatVector a3 = FloatVector.broadcast(SPECIES, as.get(FLOAT, a + 12));
            c30 = a3.fma(b0, c30);
            FloatVector a4 = FloatVector.broadcast(SPECIES, as.get(FLOAT, a + 16));
            c40 = a4.fma(b0, c40);
            FloatVector a5 = FloatVector.broadcast(SPECIES, as.get(FLOAT, a + 20));
            c50 = a5.fma(b0, c50);
            FloatVector a6 = FloatVector.broadcast(SPECIES, as.get(FLOAT, a + 24));
            c60 = a6.fma(b0, c60);
            FloatVector a7 = FloatVector.broadcast(SPECIES, as.get(FLOAT, a + 28));
            c70 = a7.fma(b0, c70);
            a += A_STEP;
            b += B_STEP;
        }
        c00.intoMemorySegment(tile, 0, LITTLE_ENDIAN);
        c10.intoMemorySegment(tile, 3 * VECTOR_BYTES, LITTLE_ENDIAN);
        c20.intoMemorySegment(tile, 6 * VECTOR_BYTES, LITTLE_ENDIAN);
        c30.intoMemorySegment(tile, 9 * VECTOR_BYTES, LITTLE_ENDIAN);
        c40.intoMemorySegment(tile, 12 * VECTOR_BYTES, LITTLE_ENDIAN);
        c50.intoMemorySegment(tile, 15 * VECTOR_BYTES, LITTLE_ENDIAN);
        c60.intoMemorySegment(tile, 18 * VECTOR_BYTES, LITTLE_ENDIAN);
        c70.intoMemorySegment(tile, 21 * VECTOR_BYTES, LITTLE_ENDIAN);
    }

    private static void tile4x3(int depth, MemorySegment as, long a, MemorySegment bs, long b, MemorySegment tile) {
        FloatVector c00 = FloatVector.zero(SPECIES);
        FloatVector c01 = FloatVector.zero(SPECIES);
        FloatVector c02 = FloatVector.zero(SPECIES);
        FloatVector c10 = FloatVector.zero(SPECIES);
        FloatVector c11 = FloatVector.zero(SPECIES);
        FloatVector c12 = FloatVector.zero(SPECIES);
        FloatVector c20 = FloatVector.zero(SPECIES);
        FloatVector c21 = FloatVector.zero(SPECIES);
        FloatVector c22 = FloatVector.zero(SPECIES);
        FloatVector c30 = FloatVector.zero(SPECIES);
        FloatVector c31 = FloatVector.zero(SPECIES);
        FloatVector c32 = FloatVector.zero(SPECIES);
        for (int p = 0; p < depth; p++) {
            FloatVector b0 = FloatVector.fromMemorySegment(SPECIES, bs, b, LITTLE_ENDIAN);
            FloatVector b1 = FloatVector.fromMemorySegment(SPECIES, bs, b + VECTOR_BYTES, LITTLE_ENDIAN);
            FloatVector b2 = FloatVector.fromMemorySegment(SPECIES, bs, b + 2 * VECTOR_BYTES, LITTLE_ENDIAN);
            FloatVector a0 = FloatVector.broadcast(SPECIES, as.get(FLOAT, a));
            c00 = a0.fma(b0, c00);
            c01 = a0.fma(b1, c01);
            c02 = a0.fma(b2, c02);
            FloatVector a1 = FloatVector.broadcast(SPECIES, as.get(FLOAT, a + 4));
            c10 = a1.fma(b0, c10);
            c11 = a1.fma(b1, c11);
            c12 = a1.fma(b2, c12);
            FloatVector a2 = FloatVector.broadcast(SPECIES, as.get(FLOAT, a + 8));
            c20 = a2.fma(b0, c20);
            c21 = a2.fma(b1, c21);
            c22 = a2.fma(b2, c22);
            FloatVector a3 = FloatVector.broadcast(SPECIES, as.get(FLOAT, a + 12));
            c30 = a3.fma(b0, c30);
            c31 = a3.fma(b1, c31);
            c32 = a3.fma(b2, c32);
            a += A_STEP;
            b += B_STEP;
        }
        c00.intoMemorySegment(tile, 0, LITTLE_ENDIAN);
        c01.intoMemorySegment(tile, VECTOR_BYTES, LITTLE_ENDIAN);
        c02.intoMemorySegment(tile, 2 * VECTOR_BYTES, LITTLE_ENDIAN);
        c10.intoMemorySegment(tile, 3 * VECTOR_BYTES, LITTLE_ENDIAN);
        c11.intoMemorySegment(tile, 4 * VECTOR_BYTES, LITTLE_ENDIAN);
        c12.intoMemorySegment(tile, 5 * VECTOR_BYTES, LITTLE_ENDIAN);
        c20.intoMemorySegment(tile, 6 * VECTOR_BYTES, LITTLE_ENDIAN);
        c21.intoMemorySegment(tile, 7 * VECTOR_BYTES, LITTLE_ENDIAN);
        c22.intoMemorySegment(tile, 8 * VECTOR_BYTES, LITTLE_ENDIAN);
        c30.intoMemorySegment(tile, 9 * VECTOR_BYTES, LITTLE_ENDIAN);
        c31.intoMemorySegment(tile, 10 * VECTOR_BYTES, LITTLE_ENDIAN);
        c32.intoMemorySegment(tile, 11 * VECTOR_BYTES, LITTLE_ENDIAN);
    }

    private static void tile4x2(int depth, MemorySegment as, long a, MemorySegment bs, long b, MemorySegment tile) {
        FloatVector c00 = FloatVector.zero(SPECIES);
        FloatVector c01 = FloatVector.zero(SPECIES);
        FloatVector c10 = FloatVector.zero(SPECIES);
        FloatVector c11 = FloatVector.zero(SPECIES);
        FloatVector c20 = FloatVector.zero(SPECIES);
        FloatVector c21 = FloatVector.zero(SPECIES);
        FloatVector c30 = FloatVector.zero(SPECIES);
        FloatVector c31 = FloatVector.zero(SPECIES);
        for (int p = 0; p < depth; p++) {
            FloatVector b0 = FloatVector.fromMemorySegment(SPECIES, bs, b, LITTLE_ENDIAN);
            FloatVector b1 = FloatVector.fromMemorySegment(SPECIES, bs, b + VECTOR_BYTES, LITTLE_ENDIAN);
            FloatVector a0 = FloatVector.broadcast(SPECIES, as.get(FLOAT, a));
            c00 = a0.fma(b0, c00);
            c01 = a0.fma(b1, c01);
            FloatVector a1 = FloatVector.broadcast(SPECIES, as.get(FLOAT, a + 4));
            c10 = a1.fma(b0, c10);
            c11 = a1.fma(b1, c11);
            FloatVector a2 = FloatVector.broadcast(SPECIES, as.get(FLOAT, a + 8));
            c20 = a2.fma(b0, c20);
            c21 = a2.fma(b1, c21);
            FloatVector a3 = FloatVector.broadcast(SPECIES, as.get(FLOAT, a + 12));
            c30 = a3.fma(b0, c30);
            c31 = a3.fma(b1, c31);
            a += A_STEP;
            b += B_STEP;
        }
        c00.intoMemorySegment(tile, 0, LITTLE_ENDIAN);
        c01.intoMemorySegment(tile, VECTOR_BYTES, LITTLE_ENDIAN);
        c10.intoMemorySegment(tile, 3 * VECTOR_BYTES, LITTLE_ENDIAN);
        c11.intoMemorySegment(tile, 4 * VECTOR_BYTES, LITTLE_ENDIAN);
        c20.intoMemorySegment(tile, 6 * VECTOR_BYTES, LITTLE_ENDIAN);
        c21.intoMemorySegment(tile, 7 * VECTOR_BYTES, LITTLE_ENDIAN);
        c30.intoMemorySegment(tile, 9 * VECTOR_BYTES, LITTLE_ENDIAN);
        c31.intoMemorySegment(tile, 10 * VECTOR_BYTES, LITTLE_ENDIAN);
    }

    private static void tile4x1(int depth, MemorySegment as, long a, MemorySegment bs, long b, MemorySegment tile) {
        FloatVector c00 = FloatVector.zero(SPECIES);
        FloatVector c10 = FloatVector.zero(SPECIES);
        FloatVector c20 = FloatVector.zero(SPECIES);
        FloatVector c30 = FloatVector.zero(SPECIES);
        for (int p = 0; p < depth; p++) {
            FloatVector b0 = FloatVector.fromMemorySegment(SPECIES, bs, b, LITTLE_ENDIAN);
            FloatVector a0 = FloatVector.broadcast(SPECIES, as.get(FLOAT, a));
            c00 = a0.fma(b0, c00);
            FloatVector a1 = FloatVector.broadcast(SPECIES, as.get(FLOAT, a + 4));
            c10 = a1.fma(b0, c10);
            FloatVector a2 = FloatVector.broadcast(SPECIES, as.get(FLOAT, a + 8));
            c20 = a2.fma(b0, c20);
            FloatVector a3 = FloatVector.broadcast(SPECIES, as.get(FLOAT, a + 12));
            c30 = a3.fma(b0, c30);
            a += A_STEP;
            b += B_STEP;
        }
        c00.intoMemorySegment(tile, 0, LITTLE_ENDIAN);
        c10.intoMemorySegment(tile, 3 * VECTOR_BYTES, LITTLE_ENDIAN);
        c20.intoMemorySegment(tile, 6 * VECTOR_BYTES, LITTLE_ENDIAN);
        c30.intoMemorySegment(tile, 9 * VECTOR_BYTES, LITTLE_ENDIAN);
    }
}
