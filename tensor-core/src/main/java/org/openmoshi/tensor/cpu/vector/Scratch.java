package org.openmoshi.tensor.cpu.vector;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Working memory of one thread for packed panels, gathered rows and partial results. It grows to the largest request of the thread
 * and is then reused, so a steady training step allocates nothing.
 *
 * <p>Every purpose has a buffer of its own; asking again for the same purpose may move it.
 */
final class Scratch {
    /** What a buffer is for. */
    enum Use {
        /** Packed A of a whole product, shared by all its tasks. */
        SHARED_PANELS,
        /** Packed A of one task. */
        A_PANELS,
        /** One packed panel of B. */
        B_PANEL,
        /** One register tile of C. */
        TILE,
        /** A block of results that is rearranged before it reaches its tensor. */
        RESULT_BLOCK,
        /** Partial sums of a product whose depth was split. */
        PARTIAL_SUMS,
        /** Input rows rearranged before packing. */
        INPUT_ROWS,
        /** The last elements of an elementwise operand, padded to whole vectors. */
        TAIL,
        /** A strided row of an elementwise operation's first operand, gathered. */
        FIRST_ROW,
        /** The same of the second operand. */
        SECOND_ROW,
        /** Conditions of one row, a byte each. */
        FLAGS,
        /** Partial sums of blocks of rows, shared by all tasks. */
        BLOCK_SUMS,
        /** Sums over a few rows, on their way into a block's. */
        ROW_SUMS,
        /** Keys and values of attention in panels. */
        KEYS_AND_VALUES,
        /** A block of queries, and in the backward pass of output gradients. */
        QUERIES,
        /** Scores of a block of queries against a block of keys. */
        SCORES,
        /** Running sums of attention. */
        VALUE_SUMS,
        /** Cosines and sines of rotary positions. */
        ANGLES,
        /** A codebook in panels. */
        CODEBOOK,
        /** Distances of a block of vectors and what is nearest so far. */
        DISTANCES,
        /** Frames of a Fourier transform, a lane each. */
        FRAMES,
        /** Real and imaginary parts of their spectra. */
        SPECTRA,
        /** Frames of a whole signal on their way into the sum of overlapping ones. */
        OVERLAPS
    }

    private static final ThreadLocal<Scratch> LOCAL = ThreadLocal.withInitial(Scratch::new);
    private static final int USES = Use.values().length;

    private final MemorySegment[] buffers = new MemorySegment[USES];

    private Scratch() {}

    /** A 64-byte aligned buffer of the calling thread with room for {@code floats}; its content is arbitrary. */
    static MemorySegment get(Use use, long floats) {
        MemorySegment[] buffers = LOCAL.get().buffers;
        MemorySegment buffer = buffers[use.ordinal()];
        if (buffer == null || buffer.byteSize() < floats * 4) {
            // Collected with its thread; growing in steps of a quarter keeps the number of dropped buffers small.
            long size = Math.max(floats * 4, buffer == null ? 0 : buffer.byteSize() / 4 * 5);
            buffer = Arena.ofAuto().allocate((size + 63) & -64L, 64);
            buffers[use.ordinal()] = buffer;
        }
        return buffer;
    }
}
