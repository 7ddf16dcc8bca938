package org.openmoshi.tensor.cpu.vector;

import java.lang.foreign.MemorySegment;
import org.openmoshi.tensor.cpu.Parallel;

/** The sum of the squares of contiguous float32 elements, in pieces of fixed length that are added in order. */
public final class SquareSumKernel {
    private static final long PIECE = 1 << 16;

    private SquareSumKernel() {}

    /** The sum of the squares of n elements. */
    public static double apply(MemorySegment x, long offset, long n) {
        double[] pieces = new double[Math.toIntExact((n + PIECE - 1) / PIECE)];
        Parallel.run(pieces.length, i -> {
            long from = i * PIECE;
            pieces[i] = RowSums.sumOfSquares(x, offset + from, Math.min(PIECE, n - from));
        });
        double sum = 0;
        for (double piece : pieces) {
            sum += piece;
        }
        return sum;
    }
}
