package org.openmoshi.tensor.cpu.vector;

import static org.openmoshi.tensor.cpu.vector.Lanes.L;
import static org.openmoshi.tensor.cpu.vector.Lanes.load;
import static org.openmoshi.tensor.cpu.vector.Lanes.store;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import org.openmoshi.tensor.cpu.Parallel;

/** Weight norm (Salimans and Kingma 2016) of rows: w = g v / |v|; v, w: [rows, n], g: [rows], all contiguous. */
public final class WeightNormKernel {
    private static final int GRAIN = 1 << 14;

    private WeightNormKernel() {}

    /** w = g v / |v|. */
    public static void forward(
            MemorySegment v,
            long vOffset,
            MemorySegment g,
            long gOffset,
            MemorySegment w,
            long wOffset,
            int rows,
            int n) {
        int perTask = Math.max(1, GRAIN / Math.max(1, n));
        Parallel.run((rows + perTask - 1) / perTask, t -> {
            for (int row = t * perTask; row < Math.min(rows, (t + 1) * perTask); row++) {
                long vo = vOffset + (long) row * n;
                double norm = Math.sqrt(RowSums.sumOfSquares(v, vo, n));
                float scale = (float) (Lanes.get(g, gOffset + row) / norm);
                combine(v, vo, scale, v, vo, 0f, w, wOffset + (long) row * n, n);
            }
        });
    }

    /** With u = v / |v|: dg = dw . u, dv = g / |v| (dw - u dg). */
    public static void backward(
            MemorySegment dw,
            long dwOffset,
            MemorySegment v,
            long vOffset,
            MemorySegment g,
            long gOffset,
            MemorySegment dv,
            long dvOffset,
            MemorySegment dg,
            long dgOffset,
            int rows,
            int n) {
        int perTask = Math.max(1, GRAIN / Math.max(1, n));
        Parallel.run((rows + perTask - 1) / perTask, t -> {
            for (int row = t * perTask; row < Math.min(rows, (t + 1) * perTask); row++) {
                long vo = vOffset + (long) row * n;
                long dwo = dwOffset + (long) row * n;
                double norm = Math.sqrt(RowSums.sumOfSquares(v, vo, n));
                double gain = RowSums.dot(dw, dwo, v, vo, n) / norm;
                double scale = Lanes.get(g, gOffset + row) / norm;
                float along = (float) (-scale * gain / norm);
                combine(dw, dwo, (float) scale, v, vo, along, dv, dvOffset + (long) row * n, n);
                Lanes.set(dg, dgOffset + row, (float) gain);
            }
        });
    }

    /** y = alpha a + beta b. */
    private static void combine(
            MemorySegment a,
            long ao,
            float alpha,
            MemorySegment b,
            long bo,
            float beta,
            MemorySegment y,
            long yo,
            int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector u = load(a, ao + i).mul(alpha);
            store(u.add(load(b, bo + i).mul(beta)), y, yo + i);
        }
        for (; i < n; i++) {
            Lanes.set(y, yo + i, Lanes.get(a, ao + i) * alpha + Lanes.get(b, bo + i) * beta);
        }
    }
}
