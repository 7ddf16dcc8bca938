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

    /** Steps after which an angle is computed anew: the composition drifts by an ulp of a double per step. */
    private static final int COMPOSED = 64;

    private RopeKernel() {}

    /**
     * Rotates the pair (2i, 2i + 1) at step t by (start + t) maxPeriod^(-2i/d).
     *
     * @param starts of every item of the batch, or one for all
     * @param xStrides of x [batch, heads, steps, d]; the last one is 1
     * @param y contiguous [batch, heads, steps, d]
     */
    public static void rotate(
            double maxPeriod,
            long[] starts,
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
        long itemAngles = 2L * steps * d;
        MemorySegment angles = Scratch.get(Use.ANGLES, starts.length * itemAngles);
        for (int i = 0; i < starts.length; i++) {
            fillAngles(angles, i * itemAngles, maxPeriod, starts[i], inverse, steps, d);
        }
        Parallel.run(batch * heads, head -> {
            long xo = xOffset + head / heads * xStrides[0] + head % heads * xStrides[1];
            long yo = yOffset + (long) head * steps * d;
            long ao = starts.length > 1 ? head / heads * itemAngles : 0;
            for (int t = 0; t < steps; t++) {
                row(x, xo + t * xStrides[2], angles, ao + 2L * t * d, y, yo + (long) t * d, d);
            }
        });
    }

    /**
     * Per step d cosines, then d signed sines. The rotation by one step is composed, in double precision, always from the
     * same steps on: an angle has the same bits wherever a chunk of a stream begins.
     */
    private static void fillAngles(
            MemorySegment angles, long ao, double maxPeriod, long start, boolean inverse, int steps, int d) {
        int before = Math.floorMod(start, COMPOSED);
        for (int i = 0; i < d; i += 2) {
            double frequency = Math.pow(maxPeriod, -(double) i / d);
            double stepCos = Math.cos(frequency);
            double stepSin = Math.sin(frequency);
            double cos = 1;
            double sin = 0;
            for (int t = -before; t < steps; t++) {
                if ((t + before) % COMPOSED == 0) {
                    cos = Math.cos((start + t) * frequency);
                    sin = Math.sin((start + t) * frequency);
                }
                if (t >= 0) {
                    long at = ao + 2L * t * d + i;
                    float signed = (float) (inverse ? -sin : sin);
                    Lanes.set(angles, at, (float) cos);
                    Lanes.set(angles, at + 1, (float) cos);
                    Lanes.set(angles, at + d, -signed);
                    Lanes.set(angles, at + d + 1, signed);
                }
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
