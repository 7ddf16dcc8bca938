package org.openmoshi.tensor.cpu.vector;

import static org.openmoshi.tensor.cpu.vector.Lanes.L;
import static org.openmoshi.tensor.cpu.vector.Lanes.load;
import static org.openmoshi.tensor.cpu.vector.Lanes.store;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;
import org.openmoshi.tensor.cpu.Parallel;
import org.openmoshi.tensor.cpu.vector.Scratch.Use;

/**
 * Rotary position embedding (Su et al. 2021) of neighbouring pairs: y = x cos + swap(x) sin, where swap exchanges the
 * two elements of a pair and the first sine of a pair is negative.
 */
public final class RopeKernel {
    private static final VectorShuffle<Float> SWAP = VectorShuffle.fromOp(Lanes.F, i -> i ^ 1);

    private RopeKernel() {}

    /**
     * Rotates the pair (2i, 2i + 1) at step t by (offset + t) maxPeriod^(-2i/d).
     *
     * @param xStrides of x [batch, heads, steps, d]; the last one is 1
     * @param y contiguous [batch, heads, steps, d]
     */
    public static void rotate(
            double maxPeriod,
            long offset,
            boolean inverse,
            MemorySegment x,
            long xOffset,
            long[] xStrides,
            MemorySegment y,
            long yOffset,
            int batch,
            int heads,
            int steps,
            int d) {
        MemorySegment angles = Scratch.get(Use.ANGLES, 2L * steps * d);
        fillAngles(angles, maxPeriod, offset, inverse, steps, d);
        Parallel.run(batch * heads, head -> {
            long xo = xOffset + head / heads * xStrides[0] + head % heads * xStrides[1];
            long yo = yOffset + (long) head * steps * d;
            for (int t = 0; t < steps; t++) {
                row(x, xo + t * xStrides[2], angles, 2L * t * d, y, yo + (long) t * d, d);
            }
        });
    }

    /** Per step d cosines, then d signed sines. The rotation by one step is composed, in double precision. */
    private static void fillAngles(
            MemorySegment angles, double maxPeriod, long offset, boolean inverse, int steps, int d) {
        for (int i = 0; i < d; i += 2) {
            double frequency = Math.pow(maxPeriod, -(double) i / d);
            double stepCos = Math.cos(frequency);
            double stepSin = Math.sin(frequency);
            double cos = 1;
            double sin = 0;
            for (int t = 0; t < steps; t++) {
                if (t % 64 == 0) {
                    // The composition drifts by an ulp of a double per step.
                    cos = Math.cos((offset + t) * frequency);
                    sin = Math.sin((offset + t) * frequency);
                }
                long at = 2L * t * d + i;
                float signed = (float) (inverse ? -sin : sin);
                Lanes.set(angles, at, (float) cos);
                Lanes.set(angles, at + 1, (float) cos);
                Lanes.set(angles, at + d, -signed);
                Lanes.set(angles, at + d + 1, signed);
                double next = cos * stepCos - sin * stepSin;
                sin = sin * stepCos + cos * stepSin;
                cos = next;
            }
        }
    }

    private static void row(MemorySegment x, long xo, MemorySegment angles, long ao, MemorySegment y, long yo, int d) {
        int whole = Lanes.whole(d);
        for (int i = 0; i < whole; i += L) {
            FloatVector v = load(x, xo + i);
            FloatVector turned = v.rearrange(SWAP).mul(load(angles, ao + d + i));
            store(v.fma(load(angles, ao + i), turned), y, yo + i);
        }
        for (int i = whole; i < d; i++) {
            float turned = Lanes.get(x, xo + (i ^ 1)) * Lanes.get(angles, ao + d + i);
            Lanes.set(y, yo + i, Math.fma(Lanes.get(x, xo + i), Lanes.get(angles, ao + i), turned));
        }
    }
}
