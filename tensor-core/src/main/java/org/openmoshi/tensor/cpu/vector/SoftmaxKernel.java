package org.openmoshi.tensor.cpu.vector;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.openmoshi.tensor.cpu.vector.Lanes.ADDRESSES;
import static org.openmoshi.tensor.cpu.vector.Lanes.L;
import static org.openmoshi.tensor.cpu.vector.Lanes.MEMORY;
import static org.openmoshi.tensor.cpu.vector.Lanes.load;
import static org.openmoshi.tensor.cpu.vector.Lanes.store;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import org.openmoshi.tensor.cpu.Parallel;

/**
 * Softmax, log-softmax and their gradients over rows. Operands are contiguous [rows, n]; the axis is the last one. The
 * output may be the input.
 */
public final class SoftmaxKernel {
    private static final int GRAIN = 1 << 14;

    private SoftmaxKernel() {}

    private static int rowsPerTask(long n) {
        return (int) Math.max(1, GRAIN / Math.max(1, n));
    }

    private static int tasks(long rows, int rowsPerTask) {
        return (int) ((rows + rowsPerTask - 1) / rowsPerTask);
    }

    /** y = e^(x - max) / sum of the row; x, y: [rows, n]. A row of minus infinities gives NaN. */
    public static void softmax(MemorySegment x, long xOffset, MemorySegment y, long yOffset, long rows, long n) {
        int perTask = rowsPerTask(n);
        Parallel.run(tasks(rows, perTask), t -> {
            for (long row = (long) t * perTask; row < Math.min(rows, (t + 1L) * perTask); row++) {
                long xo = xOffset + row * n;
                long yo = yOffset + row * n;
                float sum = exponentials(x, xo, y, yo, (int) n, RowSums.max(x, xo, n));
                scale(y, yo, (int) n, 1 / sum);
            }
        });
    }

    /** y = e^(x - shift); returns the sum. The rest of a row has a method of its own: the JIT inlines only so much. */
    static float exponentials(MemorySegment x, long xo, MemorySegment y, long yo, int n, float shift) {
        FloatVector sum = FloatVector.zero(Lanes.F);
        int whole = Lanes.whole(n);
        long from = Lanes.address(x, xo << 2, n * 4L) & ADDRESSES;
        long to = Lanes.address(y, yo << 2, n * 4L) & ADDRESSES;
        for (int i = 0; i < whole; i += L) {
            FloatVector e = VectorMath.expOfModerate(
                    FloatVector.fromMemorySegment(Lanes.F, MEMORY, from + i * 4L, LITTLE_ENDIAN)
                            .sub(shift));
            e.intoMemorySegment(MEMORY, to + i * 4L, LITTLE_ENDIAN);
            sum = sum.add(e);
        }
        float total = Lanes.sum(sum);
        return whole == n ? total : total + restOfExponentials(x, xo + whole, y, yo + whole, n - whole, shift);
    }

    private static float restOfExponentials(MemorySegment x, long xo, MemorySegment y, long yo, int n, float shift) {
        VectorMask<Float> mask = Lanes.first(n);
        FloatVector e = VectorMath.expOfModerate(load(x, xo, mask).sub(shift));
        store(e, y, yo, mask);
        return Lanes.sum(e.blend(0f, mask.not()));
    }

    /** The sum of e^(x - shift). */
    static float sumOfExponentials(MemorySegment x, long xo, int n, float shift) {
        FloatVector sum = FloatVector.zero(Lanes.F);
        int whole = Lanes.whole(n);
        for (int i = 0; i < whole; i += L) {
            sum = sum.add(VectorMath.expOfModerate(load(x, xo + i).sub(shift)));
        }
        float total = Lanes.sum(sum);
        for (int i = whole; i < n; i++) {
            total += (float) Math.exp(Lanes.get(x, xo + i) - shift);
        }
        return total;
    }

    private static void scale(MemorySegment y, long yo, int n, float factor) {
        int i = 0;
        for (; i <= n - L; i += L) {
            store(load(y, yo + i).mul(factor), y, yo + i);
        }
        if (i < n) {
            VectorMask<Float> mask = Lanes.first(n - i);
            store(load(y, yo + i, mask).mul(factor), y, yo + i, mask);
        }
    }

    /** y = x - log(sum(e^x)) of the row; x, y: [rows, n]. */
    public static void logSoftmax(MemorySegment x, long xOffset, MemorySegment y, long yOffset, long rows, long n) {
        int perTask = rowsPerTask(n);
        Parallel.run(tasks(rows, perTask), t -> {
            for (long row = (long) t * perTask; row < Math.min(rows, (t + 1L) * perTask); row++) {
                long xo = xOffset + row * n;
                // Not log-sum-exp in one number: the maximum would swallow the digits of the logarithm.
                float max = RowSums.max(x, xo, n);
                float log = (float) Math.log(sumOfExponentials(x, xo, (int) n, max));
                subtract(x, xo, y, yOffset + row * n, (int) n, max, log);
            }
        });
    }

    /** log(sum(e^x)) of one row of n elements. */
    static float logSumExp(MemorySegment x, long xo, int n) {
        float max = RowSums.max(x, xo, n);
        return (float) (max + Math.log(sumOfExponentials(x, xo, n, max)));
    }

    private static void subtract(MemorySegment x, long xo, MemorySegment y, long yo, int n, float max, float log) {
        int i = 0;
        for (; i <= n - L; i += L) {
            store(load(x, xo + i).sub(max).sub(log), y, yo + i);
        }
        if (i < n) {
            VectorMask<Float> mask = Lanes.first(n - i);
            store(load(x, xo + i, mask).sub(max).sub(log), y, yo + i, mask);
        }
    }

    /** dx = y (g - sum(g y)) with y the softmax; all [rows, n]. */
    public static void softmaxGrad(
            MemorySegment g,
            long gOffset,
            MemorySegment y,
            long yOffset,
            MemorySegment dx,
            long dxOffset,
            long rows,
            long n) {
        int perTask = rowsPerTask(n);
        Parallel.run(tasks(rows, perTask), t -> {
            for (long row = (long) t * perTask; row < Math.min(rows, (t + 1L) * perTask); row++) {
                long at = row * n;
                float dot = (float) RowSums.dot(g, gOffset + at, y, yOffset + at, n);
                softmaxGradRow(g, gOffset + at, y, yOffset + at, dx, dxOffset + at, (int) n, dot);
            }
        });
    }

    private static void softmaxGradRow(
            MemorySegment g, long go, MemorySegment y, long yo, MemorySegment dx, long o, int n, float dot) {
        int i = 0;
        for (; i <= n - L; i += L) {
            store(load(g, go + i).sub(dot).mul(load(y, yo + i)), dx, o + i);
        }
        if (i < n) {
            VectorMask<Float> mask = Lanes.first(n - i);
            store(load(g, go + i, mask).sub(dot).mul(load(y, yo + i, mask)), dx, o + i, mask);
        }
    }

    /** dx = g - e^y sum(g) with y the log-softmax; all [rows, n]. */
    public static void logSoftmaxGrad(
            MemorySegment g,
            long gOffset,
            MemorySegment y,
            long yOffset,
            MemorySegment dx,
            long dxOffset,
            long rows,
            long n) {
        int perTask = rowsPerTask(n);
        Parallel.run(tasks(rows, perTask), t -> {
            for (long row = (long) t * perTask; row < Math.min(rows, (t + 1L) * perTask); row++) {
                long at = row * n;
                float sum = (float) RowSums.sum(g, gOffset + at, n);
                logSoftmaxGradRow(g, gOffset + at, y, yOffset + at, dx, dxOffset + at, (int) n, sum);
            }
        });
    }

    private static void logSoftmaxGradRow(
            MemorySegment g, long go, MemorySegment y, long yo, MemorySegment dx, long o, int n, float sum) {
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector p = VectorMath.expOfModerate(load(y, yo + i));
            store(load(g, go + i).sub(p.mul(sum)), dx, o + i);
        }
        if (i < n) {
            VectorMask<Float> mask = Lanes.first(n - i);
            FloatVector p = VectorMath.expOfModerate(load(y, yo + i, mask));
            store(load(g, go + i, mask).sub(p.mul(sum)), dx, o + i, mask);
        }
    }
}
