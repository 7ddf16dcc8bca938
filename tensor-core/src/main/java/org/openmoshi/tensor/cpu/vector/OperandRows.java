package org.openmoshi.tensor.cpu.vector;

import java.lang.foreign.MemorySegment;
import org.openmoshi.tensor.cpu.vector.Scratch.Use;

/**
 * Two float32 operands that are given by offset and strides, walked along the rows of a contiguous output: a kernel meets
 * either with a step of 1, or of 0 where one element serves a whole row.
 */
final class OperandRows {
    private OperandRows() {}

    /** What is done with n elements of a row; with a step of 0, an operand has one vector of equal elements. */
    interface Chunk {
        void apply(MemorySegment a, long ao, long aStep, MemorySegment b, long bo, long bStep, long yo, int n);
    }

    /**
     * Walks the rows, in parallel.
     *
     * @param aStrides one stride per dimension of the output, in elements; 0 where a is broadcast
     * @param bStrides likewise for b
     */
    static void forEachChunk(
            MemorySegment a,
            long aOffset,
            long[] aStrides,
            MemorySegment b,
            long bOffset,
            long[] bStrides,
            long yOffset,
            long[] shape,
            Chunk body) {
        Rows rows = new Rows(shape, aStrides, bStrides);
        long aStride = rows.step(0);
        long bStride = rows.step(1);
        long aStep = aStride == 0 ? 0 : 1;
        long bStep = bStride == 0 ? 0 : 1;
        rows.forEachChunk((row, from, n) -> {
            long ao = aOffset + rows.start(0, row) + from * aStride;
            long bo = bOffset + rows.start(1, row) + from * bStride;
            MemorySegment as = aStride == 1 ? a : Rows.stage(a, ao, aStride, n, Use.FIRST_ROW);
            MemorySegment bs = bStride == 1 ? b : Rows.stage(b, bo, bStride, n, Use.SECOND_ROW);
            long yo = yOffset + row * rows.rowLength() + from;
            body.apply(as, aStride == 1 ? ao : 0, aStep, bs, bStride == 1 ? bo : 0, bStep, yo, n);
        });
    }
}
