package org.openmoshi.tensor.cpu.vector;

import static org.openmoshi.tensor.cpu.vector.Lanes.L;
import static org.openmoshi.tensor.cpu.vector.Lanes.load;
import static org.openmoshi.tensor.cpu.vector.Lanes.store;

import java.lang.foreign.MemorySegment;
import org.openmoshi.tensor.ComputeOp.BinaryKind;
import org.openmoshi.tensor.cpu.vector.Scratch.Use;

/**
 * Elementwise functions of two float32 operands that are given by offset and strides, so that broadcasting is a stride
 * of 0. The output is contiguous and may be an operand that is itself contiguous and of the same shape.
 */
public final class BinaryKernel {
    private BinaryKernel() {}

    /**
     * y = f(a, b).
     *
     * @param shape of the output
     * @param aStrides one stride per dimension, in elements; 0 where a is broadcast
     * @param bStrides likewise for b
     */
    public static void apply(
            BinaryKind f,
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
                (as, ao, aStep, bs, bo, bStep, yo, n) -> chunk(f, as, ao, aStep, bs, bo, bStep, y, yo, n));
    }

    // The last vector overlaps the one before it unless that would read what has been overwritten.
    private static void chunk(
            BinaryKind f,
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
        if (whole > 0) {
            vectors(f, a, ao, aStep, b, bo, bStep, y, yo, whole);
        }
        int rest = n - whole;
        if (rest == 0) {
            return;
        }
        if (n > L && !Lanes.samePlace(a, ao, y, yo) && !Lanes.samePlace(b, bo, y, yo)) {
            long last = (long) n - L;
            vectors(f, a, ao + last * aStep, aStep, b, bo + last * bStep, bStep, y, yo + last, L);
        } else {
            MemorySegment padded = Scratch.get(Use.TAIL, 2L * L);
            Lanes.copy(a, ao + whole * aStep, padded, 0, aStep == 0 ? L : rest);
            Lanes.copy(b, bo + whole * bStep, padded, L, bStep == 0 ? L : rest);
            vectors(f, padded, 0, 1, padded, L, 1, padded, 0, L);
            Lanes.copy(padded, 0, y, yo + whole, rest);
        }
    }

    private static void vectors(
            BinaryKind f,
            MemorySegment a,
            long ao,
            long aStep,
            MemorySegment b,
            long bo,
            long bStep,
            MemorySegment y,
            long yo,
            int n) {
        switch (f) {
            case ADD -> add(a, ao, aStep, b, bo, bStep, y, yo, n);
            case SUB -> sub(a, ao, aStep, b, bo, bStep, y, yo, n);
            case MUL -> mul(a, ao, aStep, b, bo, bStep, y, yo, n);
            case DIV -> div(a, ao, aStep, b, bo, bStep, y, yo, n);
            case MAX -> max(a, ao, aStep, b, bo, bStep, y, yo, n);
            case MIN -> min(a, ao, aStep, b, bo, bStep, y, yo, n);
            case POW -> pow(a, ao, aStep, b, bo, bStep, y, yo, n);
        }
    }

    private static void add(
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
            store(load(a, ao + i * aStep).add(load(b, bo + i * bStep)), y, yo + i);
        }
    }

    private static void sub(
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
            store(load(a, ao + i * aStep).sub(load(b, bo + i * bStep)), y, yo + i);
        }
    }

    private static void mul(
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
            store(load(a, ao + i * aStep).mul(load(b, bo + i * bStep)), y, yo + i);
        }
    }

    private static void div(
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
            store(load(a, ao + i * aStep).div(load(b, bo + i * bStep)), y, yo + i);
        }
    }

    private static void max(
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
            store(load(a, ao + i * aStep).max(load(b, bo + i * bStep)), y, yo + i);
        }
    }

    private static void min(
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
            store(load(a, ao + i * aStep).min(load(b, bo + i * bStep)), y, yo + i);
        }
    }

    private static void pow(
            MemorySegment a,
            long ao,
            long aStep,
            MemorySegment b,
            long bo,
            long bStep,
            MemorySegment y,
            long yo,
            int n) {
        for (int i = 0; i < n; i++) {
            double power = Math.pow(Lanes.get(a, ao + i * aStep), Lanes.get(b, bo + i * bStep));
            Lanes.set(y, yo + i, (float) power);
        }
    }
}
