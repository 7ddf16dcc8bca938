package org.openmoshi.tensor.cpu.vector;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.openmoshi.tensor.cpu.vector.Lanes.MEMORY;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Moves blocks of a matrix into panels, where consecutive steps of the depth lie {@code step} bytes apart. All offsets
 * and strides are in bytes.
 *
 * <p>Every vector is stored as soon as it was loaded: where several wait for their stores, the compiler sometimes
 * allocates them.
 */
final class Packing {
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN);

    private static final ValueLayout.OfLong PAIR = ValueLayout.JAVA_LONG_UNALIGNED;

    private static final VectorSpecies<Float> SPECIES = MicroKernel.SPECIES;
    private static final int LANES = MicroKernel.LANES;
    private static final long VECTOR_BYTES = SPECIES.vectorByteSize();

    // Vectors of 128 bits exist on every machine, and 4 x 4 transposition is bound by loads and stores anyway.
    private static final VectorSpecies<Float> QUAD = FloatVector.SPECIES_128;
    private static final VectorShuffle<Float> SWAP_PAIRS = VectorShuffle.fromValues(QUAD, 2, 3, 0, 1);
    private static final VectorShuffle<Float> SWAP_NEIGHBOURS = VectorShuffle.fromValues(QUAD, 1, 0, 3, 2);
    private static final VectorMask<Float> LOW_PAIR = VectorMask.fromLong(QUAD, 0b0011);
    private static final VectorMask<Float> HIGH_PAIR = VectorMask.fromLong(QUAD, 0b1100);
    private static final VectorMask<Float> EVEN = VectorMask.fromLong(QUAD, 0b0101);
    private static final VectorMask<Float> ODD = VectorMask.fromLong(QUAD, 0b1010);

    // Every lane of one half twice.
    private static final VectorShuffle<Float> DOUBLE_LOW = VectorShuffle.fromOp(SPECIES, i -> i / 2);
    private static final VectorShuffle<Float> DOUBLE_HIGH = VectorShuffle.fromOp(SPECIES, i -> (i + LANES) / 2);
    private static final VectorMask<Float> ODD_LANES = VectorMask.fromLong(SPECIES, 0xAAAA_AAAA_AAAA_AAAAL);

    // The first or second element of every pair, in both halves.
    private static final VectorShuffle<Float> FIRSTS = VectorShuffle.fromOp(SPECIES, i -> i * 2 % LANES);
    private static final VectorShuffle<Float> SECONDS = VectorShuffle.fromOp(SPECIES, i -> i * 2 % LANES + 1);
    private static final VectorMask<Float> UPPER_LANES = VectorMask.fromLong(SPECIES, -1L << (LANES / 2));

    private Packing() {}

    /** Packs a block of a strided matrix. */
    static void pack(
            MemorySegment source,
            long from,
            long depthStride,
            long laneStride,
            int depth,
            int lanes,
            MemorySegment target,
            long to,
            long step) {
        if (laneStride == 4) {
            copy(source, from, depthStride, depth, lanes, target, to, step);
        } else if (depthStride == 4) {
            transpose(source, from, laneStride, depth, lanes, target, to, step);
        } else {
            gather(source, from, depthStride, laneStride, depth, lanes, target, to, step);
        }
    }

    /** Copies where neighbouring lanes are neighbours in memory. */
    static void copy(
            MemorySegment source,
            long from,
            long depthStride,
            int depth,
            int lanes,
            MemorySegment target,
            long to,
            long step) {
        if (lanes == MicroKernel.NR) {
            for (int p = 0; p < depth; p++) {
                Lanes.storeBytes(Lanes.loadBytes(source, from), target, to);
                Lanes.storeBytes(Lanes.loadBytes(source, from + VECTOR_BYTES), target, to + VECTOR_BYTES);
                from += depthStride;
                to += step;
            }
            return;
        }
        if (lanes < 4) {
            gather(source, from, depthStride, 4, depth, lanes, target, to, step);
            return;
        }
        for (int lane = 0; lane < lanes; lane += 4) {
            // The last four lanes may overlap the four before.
            long shift = Math.min(lane, lanes - 4) * 4L;
            long f = from + shift;
            long t = to + shift;
            for (int p = 0; p < depth; p++) {
                FloatVector.fromMemorySegment(QUAD, MEMORY, Lanes.bytes(source, f, 16), LITTLE_ENDIAN)
                        .intoMemorySegment(MEMORY, Lanes.bytes(target, t, 16), LITTLE_ENDIAN);
                f += depthStride;
                t += step;
            }
        }
    }

    /** Copies where neighbouring steps of the depth are neighbours in memory. */
    static void transpose(
            MemorySegment source,
            long from,
            long laneStride,
            int depth,
            int lanes,
            MemorySegment target,
            long to,
            long step) {
        if (lanes == 2 && step == 8) {
            zip(source, from, laneStride, depth, target, to);
            return;
        }
        if (depth == 2 && laneStride == 8) {
            unzip(source, from, lanes, target, to, step);
            return;
        }
        if (depth < 4 || lanes < 4) {
            gather(source, from, 4, laneStride, depth, lanes, target, to, step);
            return;
        }
        // The last block of a side that is no multiple of 4 overlaps the one before and writes the same again.
        for (int lane = 0; lane < lanes; lane += 4) {
            int j = Math.min(lane, lanes - 4);
            long row = from + j * laneStride;
            long column = to + j * 4L;
            transposeFour(
                    source,
                    row,
                    row + laneStride,
                    row + 2 * laneStride,
                    row + 3 * laneStride,
                    depth,
                    target,
                    column,
                    step);
        }
    }

    /** Four lanes that begin anywhere, each contiguous in its depth of at least 4. */
    static void transposeFour(
            MemorySegment source,
            long lane0,
            long lane1,
            long lane2,
            long lane3,
            int depth,
            MemorySegment target,
            long to,
            long step) {
        int blocks = Math.ceilDiv(depth, 4);
        for (int block = 0; block < blocks; block++) {
            int p = Math.min(4 * block, depth - 4);
            long from = p * 4L;
            FloatVector r0 =
                    FloatVector.fromMemorySegment(QUAD, MEMORY, Lanes.bytes(source, lane0 + from, 16), LITTLE_ENDIAN);
            FloatVector r1 =
                    FloatVector.fromMemorySegment(QUAD, MEMORY, Lanes.bytes(source, lane1 + from, 16), LITTLE_ENDIAN);
            FloatVector r2 =
                    FloatVector.fromMemorySegment(QUAD, MEMORY, Lanes.bytes(source, lane2 + from, 16), LITTLE_ENDIAN);
            FloatVector r3 =
                    FloatVector.fromMemorySegment(QUAD, MEMORY, Lanes.bytes(source, lane3 + from, 16), LITTLE_ENDIAN);
            // Swap the off-diagonal 2 x 2 blocks, then the off-diagonal elements of each block.
            FloatVector s0 = r0.blend(r2.rearrange(SWAP_PAIRS), HIGH_PAIR);
            FloatVector s1 = r1.blend(r3.rearrange(SWAP_PAIRS), HIGH_PAIR);
            FloatVector s2 = r2.blend(r0.rearrange(SWAP_PAIRS), LOW_PAIR);
            FloatVector s3 = r3.blend(r1.rearrange(SWAP_PAIRS), LOW_PAIR);
            long row = to + p * step;
            s0.blend(s1.rearrange(SWAP_NEIGHBOURS), ODD)
                    .intoMemorySegment(MEMORY, Lanes.bytes(target, row, 16), LITTLE_ENDIAN);
            s1.blend(s0.rearrange(SWAP_NEIGHBOURS), EVEN)
                    .intoMemorySegment(MEMORY, Lanes.bytes(target, row + step, 16), LITTLE_ENDIAN);
            s2.blend(s3.rearrange(SWAP_NEIGHBOURS), ODD)
                    .intoMemorySegment(MEMORY, Lanes.bytes(target, row + 2 * step, 16), LITTLE_ENDIAN);
            s3.blend(s2.rearrange(SWAP_NEIGHBOURS), EVEN)
                    .intoMemorySegment(MEMORY, Lanes.bytes(target, row + 3 * step, 16), LITTLE_ENDIAN);
        }
    }

    /** Writes x0 y0 x1 y1 .. of two rows x and y. */
    private static void zip(MemorySegment source, long from, long rowStride, int count, MemorySegment target, long to) {
        int p = 0;
        for (; p + LANES <= count; p += LANES) {
            FloatVector x = Lanes.loadBytes(source, from + p * 4L);
            FloatVector y = Lanes.loadBytes(source, from + rowStride + p * 4L);
            Lanes.storeBytes(x.rearrange(DOUBLE_LOW).blend(y.rearrange(DOUBLE_LOW), ODD_LANES), target, to + p * 8L);
            Lanes.storeBytes(
                    x.rearrange(DOUBLE_HIGH).blend(y.rearrange(DOUBLE_HIGH), ODD_LANES),
                    target,
                    to + p * 8L + VECTOR_BYTES);
        }
        gather(source, from + p * 4L, 4, rowStride, count - p, 2, target, to + p * 8L, 8);
    }

    /** The inverse of {@link #zip}: two rows from a row of pairs. */
    private static void unzip(
            MemorySegment source, long from, int count, MemorySegment target, long to, long rowStride) {
        int p = 0;
        for (; p + LANES <= count; p += LANES) {
            FloatVector low = Lanes.loadBytes(source, from + p * 8L);
            FloatVector high = Lanes.loadBytes(source, from + p * 8L + VECTOR_BYTES);
            Lanes.storeBytes(low.rearrange(FIRSTS).blend(high.rearrange(FIRSTS), UPPER_LANES), target, to + p * 4L);
            Lanes.storeBytes(
                    low.rearrange(SECONDS).blend(high.rearrange(SECONDS), UPPER_LANES),
                    target,
                    to + p * 4L + rowStride);
        }
        gather(source, from + p * 8L, 4, 8, 2, count - p, target, to + p * 4L, rowStride);
    }

    /** Copies element by element; for edges and for matrices without a contiguous axis. */
    static void gather(
            MemorySegment source,
            long from,
            long depthStride,
            long laneStride,
            int depth,
            int lanes,
            MemorySegment target,
            long to,
            long step) {
        for (int j = 0; j < lanes; j++) {
            long f = from + j * laneStride;
            long t = to + j * 4L;
            for (int p = 0; p < depth; p++) {
                Lanes.setBytes(target, t, Lanes.getBytes(source, f));
                f += depthStride;
                t += step;
            }
        }
    }

    /**
     * Copies four neighbouring lanes whose depth is nested: {@code inner} steps {@code innerStride} apart, beginning at
     * step {@code step}, and after the last of them a jump to the next first one.
     */
    static void copyQuads(
            MemorySegment source,
            long from,
            long innerStride,
            int inner,
            int step,
            long jump,
            int depth,
            MemorySegment target,
            long to,
            long targetStep) {
        for (int p = 0; p < depth; p++) {
            FloatVector.fromMemorySegment(QUAD, MEMORY, Lanes.bytes(source, from, 16), LITTLE_ENDIAN)
                    .intoMemorySegment(MEMORY, Lanes.bytes(target, to, 16), LITTLE_ENDIAN);
            step++;
            from += step == inner ? jump : innerStride;
            step = step == inner ? 0 : step;
            to += targetStep;
        }
    }

    /** The same with two lanes. */
    static void copyPairs(
            MemorySegment source,
            long from,
            long innerStride,
            int inner,
            int step,
            long jump,
            int depth,
            MemorySegment target,
            long to,
            long targetStep) {
        for (int p = 0; p < depth; p++) {
            long pair = MEMORY.get(PAIR, Lanes.bytes(source, from, 8));
            MEMORY.set(PAIR, Lanes.bytes(target, to, 8), pair);
            step++;
            from += step == inner ? jump : innerStride;
            step = step == inner ? 0 : step;
            to += targetStep;
        }
    }

    /** Copies {@code count} neighbouring floats. */
    static void copyRow(MemorySegment source, long from, int count, MemorySegment target, long to) {
        int j = 0;
        for (; j + LANES <= count; j += LANES) {
            Lanes.storeBytes(Lanes.loadBytes(source, from + j * 4L), target, to + j * 4L);
        }
        for (; j < count; j++) {
            Lanes.setBytes(target, to + j * 4L, Lanes.getBytes(source, from + j * 4L));
        }
    }

    /** Clears {@code count} neighbouring floats. */
    static void zeroRow(MemorySegment target, long to, int count) {
        for (int j = 0; j < count; j++) {
            Lanes.setBytes(target, to + j * 4L, 0f);
        }
    }
}
