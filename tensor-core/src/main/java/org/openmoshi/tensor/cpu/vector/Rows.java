package org.openmoshi.tensor.cpu.vector;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import org.openmoshi.tensor.cpu.Parallel;
import org.openmoshi.tensor.cpu.vector.Scratch.Use;

/**
 * The iteration space of an elementwise operation on strided operands with a contiguous output: dimensions that lie
 * behind each other in every operand are merged, the last one becomes the row over which vectors run.
 */
final class Rows {
    /** Elements of one step; a staged row of this length stays in the first-level cache. */
    static final int CHUNK = 4096;

    private static final long GRAIN = 1 << 15;

    private final int outerRank;
    private final long[] shape;
    private final long[][] strides;
    private final long rowLength;
    private final long rowCount;

    /** Receives the chunk [from, from + n) of a row. */
    interface Body {
        void run(long row, long from, int n);
    }

    /** @param strides per operand, one stride per dimension of the shape, in elements; 0 repeats */
    Rows(long[] shape, long[]... strides) {
        int rank = shape.length;
        long[] mergedShape = new long[Math.max(rank, 1)];
        long[][] mergedStrides = new long[strides.length][Math.max(rank, 1)];
        Arrays.fill(mergedShape, 1);
        int m = 0;
        for (int d = 0; d < rank; d++) {
            if (shape[d] == 1) {
                continue;
            }
            boolean merge = m > 0;
            for (int k = 0; merge && k < strides.length; k++) {
                merge = mergedStrides[k][m - 1] == strides[k][d] * shape[d];
            }
            if (merge) {
                mergedShape[m - 1] *= shape[d];
            } else {
                mergedShape[m++] = shape[d];
            }
            for (int k = 0; k < strides.length; k++) {
                mergedStrides[k][m - 1] = strides[k][d];
            }
        }
        this.outerRank = Math.max(m - 1, 0);
        this.shape = mergedShape;
        this.strides = mergedStrides;
        this.rowLength = mergedShape[outerRank];
        long count = 1;
        for (int d = 0; d < outerRank; d++) {
            count *= mergedShape[d];
        }
        this.rowCount = count;
    }

    /** Rank after merging; the last dimension is the row. */
    int rank() {
        return outerRank + 1;
    }

    long dim(int d) {
        return shape[d];
    }

    long stride(int operand, int d) {
        return strides[operand][d];
    }

    long rowLength() {
        return rowLength;
    }

    /** The stride of an operand along the row. */
    long step(int operand) {
        return strides[operand][outerRank];
    }

    /** The position of an operand's first element of a row, relative to its offset. */
    long start(int operand, long row) {
        long[] stride = strides[operand];
        long position = 0;
        for (int d = outerRank - 1; d >= 0; d--) {
            position += row % shape[d] * stride[d];
            row /= shape[d];
        }
        return position;
    }

    /** Runs the body over all rows in chunks, in parallel; which chunks exist depends on the shape alone. */
    void forEachChunk(Body body) {
        if (rowLength == 0 || rowCount == 0) {
            return;
        }
        long pieces = (rowLength + GRAIN - 1) / GRAIN;
        long rowsPerTask = Math.max(1, GRAIN / rowLength);
        long groups = (rowCount + rowsPerTask - 1) / rowsPerTask;
        Parallel.run(Math.toIntExact(groups * pieces), t -> {
            long first = t / pieces * rowsPerTask;
            long last = Math.min(rowCount, first + rowsPerTask);
            long from = t % pieces * GRAIN;
            long to = Math.min(rowLength, from + GRAIN);
            for (long row = first; row < last; row++) {
                for (long c = from; c < to; c += CHUNK) {
                    body.run(row, c, (int) Math.min(CHUNK, to - c));
                }
            }
        });
    }

    /**
     * Brings a row with a stride other than 1 into scratch memory: gathered, or for stride 0 one vector that repeats
     * its element.
     */
    static MemorySegment stage(MemorySegment x, long offset, long stride, int n, Use use) {
        MemorySegment staged = Scratch.get(use, CHUNK);
        if (stride == 0) {
            Lanes.store(FloatVector.broadcast(Lanes.F, Lanes.get(x, offset)), staged, 0);
        } else {
            for (int i = 0; i < n; i++) {
                Lanes.set(staged, i, Lanes.get(x, offset + i * stride));
            }
        }
        return staged;
    }
}
