package org.openmoshi.tensor.cpu.vector;

import static org.openmoshi.tensor.cpu.vector.Lanes.L;
import static org.openmoshi.tensor.cpu.vector.Lanes.load;
import static org.openmoshi.tensor.cpu.vector.Lanes.store;

import java.lang.foreign.MemorySegment;
import org.openmoshi.tensor.cpu.Parallel;
import org.openmoshi.tensor.cpu.vector.Scratch.Use;

/**
 * Group norm (Wu and He 2018): normalisation over the channels of a group and all positions. x is contiguous
 * [batch, channels, positions]; statistics are [batch, groups].
 */
public final class GroupNormKernel {
    private GroupNormKernel() {}

    /** y = (x - mean) rstd weight + bias. */
    public static void forward(
            double epsilon,
            MemorySegment x,
            long xOffset,
            MemorySegment weight,
            long weightOffset,
            MemorySegment bias,
            long biasOffset,
            MemorySegment y,
            long yOffset,
            MemorySegment mean,
            long meanOffset,
            MemorySegment rstd,
            long rstdOffset,
            int batch,
            int channels,
            int positions,
            int groups) {
        int perGroup = channels / groups;
        long n = (long) perGroup * positions;
        Parallel.run(batch * groups, t -> {
            long at = t * n;
            float m = (float) (RowSums.sum(x, xOffset + at, n) / n);
            float r = (float) (1 / Math.sqrt(RowSums.sumOfSquaredDeviations(x, xOffset + at, n, m) / n + epsilon));
            Lanes.set(mean, meanOffset + t, m);
            Lanes.set(rstd, rstdOffset + t, r);
            for (int c = 0; c < perGroup; c++) {
                long row = at + (long) c * positions;
                int channel = t % groups * perGroup + c;
                float w = Lanes.get(weight, weightOffset + channel);
                normalise(
                        x, xOffset + row, m, r * w, Lanes.get(bias, biasOffset + channel), y, yOffset + row, positions);
            }
        });
    }

    /** y = (x - mean) scale + shift. */
    private static void normalise(
            MemorySegment x, long xo, float mean, float scale, float shift, MemorySegment y, long yo, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            store(load(x, xo + i).sub(mean).mul(scale).add(shift), y, yo + i);
        }
        for (; i < n; i++) {
            Lanes.set(y, yo + i, (Lanes.get(x, xo + i) - mean) * scale + shift);
        }
    }

    /**
     * With n = (x - mean) rstd: dx = rstd (weight g - mean(weight g) - n mean(weight g n)) with means over a group,
     * dweight = sum of g n and dbias = sum of g over batch and positions.
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
            int batch,
            int channels,
            int positions,
            int groups) {
        int perGroup = channels / groups;
        long n = (long) perGroup * positions;
        // Per item and channel the sums of g n and of g.
        MemorySegment sums = Scratch.get(Use.BLOCK_SUMS, 2L * batch * channels);
        Parallel.run(batch * groups, t -> {
            float m = Lanes.get(mean, meanOffset + t);
            float r = Lanes.get(rstd, rstdOffset + t);
            double sum = 0;
            double dot = 0;
            for (int c = 0; c < perGroup; c++) {
                long row = t * n + (long) c * positions;
                int channel = t % groups * perGroup + c;
                double sumOfG = RowSums.sum(g, gOffset + row, positions);
                double sumOfGx = RowSums.dotOfDeviations(g, gOffset + row, x, xOffset + row, positions, m);
                float w = Lanes.get(weight, weightOffset + channel);
                sum += w * sumOfG;
                dot += w * sumOfGx * r;
                long at = 2L * ((long) t / groups * channels + channel);
                Lanes.set(sums, at, (float) (sumOfGx * r));
                Lanes.set(sums, at + 1, (float) sumOfG);
            }
            float meanOfG = (float) (sum / n);
            float meanOfGn = (float) (dot / n);
            for (int c = 0; c < perGroup; c++) {
                long row = t * n + (long) c * positions;
                int channel = t % groups * perGroup + c;
                float w = Lanes.get(weight, weightOffset + channel);
                gradientRow(
                        g, gOffset + row, x, xOffset + row, w, m, r, meanOfG, meanOfGn, dx, dxOffset + row, positions);
            }
        });
        for (int c = 0; c < channels; c++) {
            double dw = 0;
            double db = 0;
            for (int item = 0; item < batch; item++) {
                long at = 2L * ((long) item * channels + c);
                dw += Lanes.get(sums, at);
                db += Lanes.get(sums, at + 1);
            }
            Lanes.set(dweight, dweightOffset + c, (float) dw);
            Lanes.set(dbias, dbiasOffset + c, (float) db);
        }
    }

    private static void gradientRow(
            MemorySegment g,
            long go,
            MemorySegment x,
            long xo,
            float weight,
            float mean,
            float rstd,
            float meanOfG,
            float meanOfGn,
            MemorySegment dx,
            long o,
            int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            var normal = load(x, xo + i).sub(mean).mul(rstd);
            store(
                    load(g, go + i)
                            .mul(weight)
                            .sub(meanOfG)
                            .sub(normal.mul(meanOfGn))
                            .mul(rstd),
                    dx,
                    o + i);
        }
        for (; i < n; i++) {
            float normal = (Lanes.get(x, xo + i) - mean) * rstd;
            Lanes.set(dx, o + i, (Lanes.get(g, go + i) * weight - meanOfG - normal * meanOfGn) * rstd);
        }
    }
}
