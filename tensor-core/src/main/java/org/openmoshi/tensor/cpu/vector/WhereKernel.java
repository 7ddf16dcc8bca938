package org.openmoshi.tensor.cpu.vector;

import static org.openmoshi.tensor.cpu.vector.Lanes.L;
import static org.openmoshi.tensor.cpu.vector.Lanes.load;
import static org.openmoshi.tensor.cpu.vector.Lanes.store;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.VectorMask;
import org.openmoshi.tensor.cpu.vector.Scratch.Use;

/** Elementwise choice between two strided float32 operands by a condition of bytes. */
public final class WhereKernel {
    private WhereKernel() {}

    /**
     * y = condition ? a : b, contiguous.
     *
     * @param condition bytes, 0 is false and everything else true
     * @param conditionOffset in bytes, as the condition's strides
     * @param shape of the output
     */
    public static void apply(
            MemorySegment condition,
            long conditionOffset,
            long[] conditionStrides,
            MemorySegment a,
            long aOffset,
            long[] aStrides,
            MemorySegment b,
            long bOffset,
            long[] bStrides,
            MemorySegment y,
            long yOffset,
            long[] shape) {
        Rows rows = new Rows(shape, conditionStrides, aStrides, bStrides);
        long cStride = rows.step(0);
        long aStride = rows.step(1);
        long bStride = rows.step(2);
        long aStep = aStride == 0 ? 0 : 1;
        long bStep = bStride == 0 ? 0 : 1;
        rows.forEachChunk((row, from, n) -> {
            long co = conditionOffset + rows.start(0, row) + from * cStride;
            long ao = aOffset + rows.start(1, row) + from * aStride;
            long bo = bOffset + rows.start(2, row) + from * bStride;
            MemorySegment flags = packFlags(condition, co, cStride, n);
            MemorySegment as = aStride == 1 ? a : Rows.stage(a, ao, aStride, n, Use.FIRST_ROW);
            MemorySegment bs = bStride == 1 ? b : Rows.stage(b, bo, bStride, n, Use.SECOND_ROW);
            long yo = yOffset + row * rows.rowLength() + from;
            choose(flags, as, aStride == 1 ? ao : 0, aStep, bs, bStride == 1 ? bo : 0, bStep, y, yo, n);
        });
    }

    /** The condition of one chunk as one 0 or 1 per byte. */
    private static MemorySegment packFlags(MemorySegment condition, long offset, long stride, int n) {
        MemorySegment flags = Scratch.get(Use.FLAGS, Rows.CHUNK / 4);
        for (int i = 0; i < n; i++) {
            byte flag = condition.get(ValueLayout.JAVA_BYTE, offset + i * stride);
            flags.set(ValueLayout.JAVA_BYTE, i, (byte) (flag != 0 ? 1 : 0));
        }
        return flags;
    }

    private static void choose(
            MemorySegment flags,
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
        for (int i = 0; i < whole; i += L) {
            long bits = 0;
            for (int k = 0; k < L; k += 4) {
                int four = flags.get(CompareKernel.FOUR_BYTES, i + k);
                bits |= (long) Integer.compress(four, CompareKernel.FOUR_FLAGS) << k;
            }
            VectorMask<Float> mask = VectorMask.fromLong(Lanes.F, bits);
            store(load(b, bo + i * bStep).blend(load(a, ao + i * aStep), mask), y, yo + i);
        }
        for (int i = whole; i < n; i++) {
            boolean first = flags.get(ValueLayout.JAVA_BYTE, i) != 0;
            Lanes.set(y, yo + i, first ? Lanes.get(a, ao + i * aStep) : Lanes.get(b, bo + i * bStep));
        }
    }
}
