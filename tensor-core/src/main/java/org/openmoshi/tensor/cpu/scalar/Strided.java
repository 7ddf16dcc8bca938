package org.openmoshi.tensor.cpu.scalar;

import org.openmoshi.tensor.Shape;

/** Copies between arrays by strides, converting where types differ. */
final class Strided {
    private Strided() {}

    /** Copies the elements of a shape from one layout to another; offsets and strides count elements. */
    static void copy(
            Shape shape, Cells from, long fromOffset, long[] fromStrides, Cells to, long toOffset, long[] toStrides) {
        if (shape.size() == 0) {
            return;
        }
        int last = shape.rank() - 1;
        long n = last < 0 ? 1 : shape.dim(last);
        long fromStep = last < 0 ? 0 : fromStrides[last];
        long toStep = last < 0 ? 0 : toStrides[last];
        long[] position = new long[Math.max(last, 0)];
        long source = fromOffset;
        long target = toOffset;
        while (true) {
            row(n, from, source, fromStep, to, target, toStep);
            int axis = last - 1;
            for (; axis >= 0; axis--) {
                source += fromStrides[axis];
                target += toStrides[axis];
                if (++position[axis] < shape.dim(axis)) {
                    break;
                }
                position[axis] = 0;
                source -= fromStrides[axis] * shape.dim(axis);
                target -= toStrides[axis] * shape.dim(axis);
            }
            if (axis < 0) {
                return;
            }
        }
    }

    private static void row(long n, Cells from, long source, long fromStep, Cells to, long target, long toStep) {
        if (fromStep == 1 && toStep == 1 && from.dtype() == to.dtype()) {
            to.copy(target, from, source, n);
            return;
        }
        for (long i = 0; i < n; i++) {
            to.convert(target + i * toStep, from, source + i * fromStep);
        }
    }
}
