package org.openmoshi.tensor.cpu.vector;

import static org.openmoshi.tensor.cpu.vector.Lanes.L;
import static org.openmoshi.tensor.cpu.vector.Lanes.load;
import static org.openmoshi.tensor.cpu.vector.Lanes.store;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import org.openmoshi.tensor.cpu.Parallel;
import org.openmoshi.tensor.cpu.vector.Scratch.Use;

/**
 * Layer norm (Ba et al. 2016) and RMS norm (Zhang and Sennrich 2019) over contiguous rows. RMS norm is layer norm with
 * the mean held at 0 and without bias.
 */
public final class LayerNormKernel {
    private static final int GRAIN = 1 << 14;

    /** Most blocks of rows whose weight gradients are kept apart before they are added up. */
    private static final int MAX_BLOCKS = 16;

    private LayerNormKernel() {}

    /**
     * y = (x - mean) rstd weight + bias with rstd = 1 / sqrt(variance + epsilon); x, y: [rows, d], mean, rstd: [rows],
     * all contiguous from element 0 of their offset.
     */
    public static void forward(
            MemorySegment x,
            long xOffset,
            MemorySegment weight,
            long weightOffset,
            MemorySegment bias,
            long biasOffset,
            double epsilon,
            MemorySegment y,
            long yOffset,
            MemorySegment mean,
            long meanOffset,
            MemorySegment rstd,
            long rstdOffset,
            long rows,
            int d) {
        int perTask = Math.max(1, GRAIN / Math.max(1, d));
        Parallel.run(tasks(rows, perTask), t -> {
            for (long row = (long) t * perTask; row < Math.min(rows, (t + 1L) * perTask); row++) {
                long xo = xOffset + row * d;
                float m = (float) (RowSums.sum(x, xo, d) / d);
                float r = (float) (1 / Math.sqrt(RowSums.sumOfSquaredDeviations(x, xo, d, m) / d + epsilon));
                normalise(x, xo, m, r, weight, weightOffset, bias, biasOffset, y, yOffset + row * d, d);
                Lanes.set(mean, meanOffset + row, m);
                Lanes.set(rstd, rstdOffset + row, r);
            }
        });
    }

    /** y = x rstd weight with rstd = 1 / sqrt(mean(x^2) + epsilon); x, y: [rows, d], rstd: [rows]. */
    public static void rmsForward(
            MemorySegment x,
            long xOffset,
            MemorySegment weight,
            long weightOffset,
            double epsilon,
            MemorySegment y,
            long yOffset,
            MemorySegment rstd,
            long rstdOffset,
            long rows,
            int d) {
        int perTask = Math.max(1, GRAIN / Math.max(1, d));
        Parallel.run(tasks(rows, perTask), t -> {
            for (long row = (long) t * perTask; row < Math.min(rows, (t + 1L) * perTask); row++) {
                long xo = xOffset + row * d;
                float r = (float) (1 / Math.sqrt(RowSums.sumOfSquares(x, xo, d) / d + epsilon));
                scale(x, xo, r, weight, weightOffset, y, yOffset + row * d, d);
                Lanes.set(rstd, rstdOffset + row, r);
            }
        });
    }

    private static int tasks(long rows, int perTask) {
        return (int) ((rows + perTask - 1) / perTask);
    }

    private static void normalise(
            MemorySegment x,
            long xo,
            float mean,
            float rstd,
            MemorySegment w,
            long wo,
            MemorySegment b,
            long bo,
            MemorySegment y,
            long yo,
            int d) {
        int i = 0;
        for (; i <= d - L; i += L) {
            FloatVector n = load(x, xo + i).sub(mean).mul(rstd);
            store(n.fma(load(w, wo + i), load(b, bo + i)), y, yo + i);
        }
        if (i < d) {
            VectorMask<Float> mask = Lanes.first(d - i);
            FloatVector n = load(x, xo + i, mask).sub(mean).mul(rstd);
            store(n.fma(load(w, wo + i, mask), load(b, bo + i, mask)), y, yo + i, mask);
        }
    }

    private static void scale(
            MemorySegment x, long xo, float rstd, MemorySegment w, long wo, MemorySegment y, long yo, int d) {
        int i = 0;
        for (; i <= d - L; i += L) {
            store(load(x, xo + i).mul(rstd).mul(load(w, wo + i)), y, yo + i);
        }
        if (i < d) {
            VectorMask<Float> mask = Lanes.first(d - i);
            store(load(x, xo + i, mask).mul(rstd).mul(load(w, wo + i, mask)), y, yo + i, mask);
        }
    }

    /**
     * Gradients of {@link #forward}, with n = (x - mean) rstd and h = g weight: dx = rstd (h - mean(h) - n mean(h n)),
     * dweight = sum over rows of g n, dbias = sum of g.
     */
    public static void backward(
            MemorySegment g,
            long gOffset,
            MemorySegment x,
            long xOffset,
            MemorySegment weight,
            long weightOffset,
            MemorySegment mean,
            long meanOffset,
            MemorySegment rstd,
            long rstdOffset,
            MemorySegment dx,
            long dxOffset,
            MemorySegment dweight,
            long dweightOffset,
            MemorySegment dbias,
            long dbiasOffset,
            long rows,
            int d) {
        int blocks = blocks(rows, d);
        MemorySegment sums = Scratch.get(Use.BLOCK_SUMS, 2L * blocks * d);
        Parallel.run(blocks, t -> {
            long dw = 2L * t * d;
            sums.asSlice(dw << 2, 2L * d << 2).fill((byte) 0);
            for (long row = rows * t / blocks; row < rows * (t + 1) / blocks; row++) {
                float m = Lanes.get(mean, meanOffset + row);
                float r = Lanes.get(rstd, rstdOffset + row);
                backwardRow(
                        g,
                        gOffset + row * d,
                        x,
                        xOffset + row * d,
                        weight,
                        weightOffset,
                        m,
                        r,
                        dx,
                        dxOffset + row * d,
                        sums,
                        dw,
                        d);
            }
        });
        addBlocks(sums, 0, 2 * d, blocks, dweight, dweightOffset, d);
        addBlocks(sums, d, 2 * d, blocks, dbias, dbiasOffset, d);
    }

    /** Gradients of {@link #rmsForward}: dx = rstd (h - n mean(h n)), dweight = sum over rows of g n. */
    public static void rmsBackward(
            MemorySegment g,
            long gOffset,
            MemorySegment x,
            long xOffset,
            MemorySegment weight,
            long weightOffset,
            MemorySegment rstd,
            long rstdOffset,
            MemorySegment dx,
            long dxOffset,
            MemorySegment dweight,
            long dweightOffset,
            long rows,
            int d) {
        int blocks = blocks(rows, d);
        MemorySegment sums = Scratch.get(Use.BLOCK_SUMS, (long) blocks * d);
        Parallel.run(blocks, t -> {
            long dw = (long) t * d;
            sums.asSlice(dw << 2, (long) d << 2).fill((byte) 0);
            for (long row = rows * t / blocks; row < rows * (t + 1) / blocks; row++) {
                rmsBackwardRow(
                        g,
                        gOffset + row * d,
                        x,
                        xOffset + row * d,
                        weight,
                        weightOffset,
                        Lanes.get(rstd, rstdOffset + row),
                        dx,
                        dxOffset + row * d,
                        sums,
                        dw,
                        d);
            }
        });
        addBlocks(sums, 0, d, blocks, dweight, dweightOffset, d);
    }

    /** How many blocks the rows are split into: fixed by the shape, so that the sums have one order. */
    private static int blocks(long rows, int d) {
        return Math.clamp(rows * d / GRAIN, 1, MAX_BLOCKS);
    }

    private static void backwardRow(
            MemorySegment g,
            long go,
            MemorySegment x,
            long xo,
            MemorySegment w,
            long wo,
            float mean,
            float rstd,
            MemorySegment dx,
            long o,
            MemorySegment sums,
            long dw,
            int d) {
        FloatVector sumH = FloatVector.zero(Lanes.F);
        FloatVector sumHn = sumH;
        long db = dw + d;
        int i = 0;
        for (; i <= d - L; i += L) {
            FloatVector u = load(g, go + i);
            FloatVector n = load(x, xo + i).sub(mean).mul(rstd);
            FloatVector h = u.mul(load(w, wo + i));
            sumH = sumH.add(h);
            sumHn = h.fma(n, sumHn);
            store(u.fma(n, load(sums, dw + i)), sums, dw + i);
            store(u.add(load(sums, db + i)), sums, db + i);
        }
        float scalarH = 0;
        float scalarHn = 0;
        for (; i < d; i++) {
            float u = Lanes.get(g, go + i);
            float n = (Lanes.get(x, xo + i) - mean) * rstd;
            float h = u * Lanes.get(w, wo + i);
            scalarH += h;
            scalarHn += h * n;
            Lanes.set(sums, dw + i, Lanes.get(sums, dw + i) + u * n);
            Lanes.set(sums, db + i, Lanes.get(sums, db + i) + u);
        }
        float meanH = (Lanes.sum(sumH) + scalarH) / d;
        float meanHn = (Lanes.sum(sumHn) + scalarHn) / d;
        inputGradientRow(g, go, x, xo, w, wo, mean, rstd, meanH, meanHn, dx, o, d);
    }

    /** dx = rstd (h - mean(h) - n mean(h n)); by itself, because both passes together are too long for the JIT. */
    private static void inputGradientRow(
            MemorySegment g,
            long go,
            MemorySegment x,
            long xo,
            MemorySegment w,
            long wo,
            float mean,
            float rstd,
            float meanH,
            float meanHn,
            MemorySegment dx,
            long o,
            int d) {
        int i = 0;
        for (; i <= d - L; i += L) {
            FloatVector n = load(x, xo + i).sub(mean).mul(rstd);
            FloatVector h = load(g, go + i).mul(load(w, wo + i));
            store(h.sub(meanH).sub(n.mul(meanHn)).mul(rstd), dx, o + i);
        }
        for (; i < d; i++) {
            float n = (Lanes.get(x, xo + i) - mean) * rstd;
            float h = Lanes.get(g, go + i) * Lanes.get(w, wo + i);
            Lanes.set(dx, o + i, (h - meanH - n * meanHn) * rstd);
        }
    }

    private static void rmsBackwardRow(
            MemorySegment g,
            long go,
            MemorySegment x,
            long xo,
            MemorySegment w,
            long wo,
            float rstd,
            MemorySegment dx,
            long o,
            MemorySegment sums,
            long dw,
            int d) {
        FloatVector sumHn = FloatVector.zero(Lanes.F);
        int i = 0;
        for (; i <= d - L; i += L) {
            FloatVector u = load(g, go + i);
            FloatVector n = load(x, xo + i).mul(rstd);
            sumHn = u.mul(load(w, wo + i)).fma(n, sumHn);
            store(u.fma(n, load(sums, dw + i)), sums, dw + i);
        }
        float scalarHn = 0;
        for (; i < d; i++) {
            float u = Lanes.get(g, go + i);
            float n = Lanes.get(x, xo + i) * rstd;
            scalarHn += u * Lanes.get(w, wo + i) * n;
            Lanes.set(sums, dw + i, Lanes.get(sums, dw + i) + u * n);
        }
        float meanHn = (Lanes.sum(sumHn) + scalarHn) / d;
        rmsInputGradientRow(g, go, x, xo, w, wo, rstd, meanHn, dx, o, d);
    }

    /** dx = rstd (h - n mean(h n)). */
    private static void rmsInputGradientRow(
            MemorySegment g,
            long go,
            MemorySegment x,
            long xo,
            MemorySegment w,
            long wo,
            float rstd,
            float meanHn,
            MemorySegment dx,
            long o,
            int d) {
        int i = 0;
        for (; i <= d - L; i += L) {
            FloatVector n = load(x, xo + i).mul(rstd);
            store(load(g, go + i).mul(load(w, wo + i)).sub(n.mul(meanHn)).mul(rstd), dx, o + i);
        }
        for (; i < d; i++) {
            float n = Lanes.get(x, xo + i) * rstd;
            Lanes.set(dx, o + i, (Lanes.get(g, go + i) * Lanes.get(w, wo + i) - n * meanHn) * rstd);
        }
    }

    /** y[i] = the sum over blocks of partial[block * stride + from + i], in the order of the blocks. */
    private static void addBlocks(
            MemorySegment partial, long from, int stride, int blocks, MemorySegment y, long yo, int n) {
        for (int i = 0; i < n; i++) {
            double sum = 0;
            for (int block = 0; block < blocks; block++) {
                sum += Lanes.get(partial, from + (long) block * stride + i);
            }
            Lanes.set(y, yo + i, (float) sum);
        }
    }
}
