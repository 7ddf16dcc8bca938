package org.openmoshi.tensor.cpu.vector;

import static org.openmoshi.tensor.cpu.vector.Lanes.L;
import static org.openmoshi.tensor.cpu.vector.Lanes.load;
import static org.openmoshi.tensor.cpu.vector.Lanes.store;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import org.openmoshi.tensor.InPlaceOp.AdamStep;
import org.openmoshi.tensor.InPlaceOp.SgdStep;
import org.openmoshi.tensor.cpu.Parallel;

/**
 * Steps of optimizers and averages over contiguous float32 operands. The last elements of a block run through scalar
 * code with the same roundings as the vectors.
 */
public final class UpdateKernel {
    private static final int GRAIN = 1 << 16;

    private UpdateKernel() {}

    /** A range [from, from + n) of the elements. */
    private interface Block {
        void run(long from, int n);
    }

    private static void forEachBlock(long n, Block body) {
        Parallel.run(Math.toIntExact((n + GRAIN - 1) / GRAIN), t -> {
            long from = (long) t * GRAIN;
            body.run(from, (int) Math.min(GRAIN, n - from));
        });
    }

    /** x *= factor. */
    public static void scale(MemorySegment x, long offset, float factor, long n) {
        forEachBlock(n, (from, count) -> {
            long o = offset + from;
            int whole = Lanes.whole(count);
            for (int i = 0; i < whole; i += L) {
                store(load(x, o + i).mul(factor), x, o + i);
            }
            for (int i = whole; i < count; i++) {
                Lanes.set(x, o + i, Lanes.get(x, o + i) * factor);
            }
        });
    }

    /** y += factor * x. */
    public static void add(MemorySegment x, long xOffset, float factor, MemorySegment y, long yOffset, long n) {
        forEachBlock(n, (from, count) -> addRow(x, xOffset + from, factor, y, yOffset + from, count));
    }

    /** y += factor * x for n elements, in this thread. */
    static void addRow(MemorySegment x, long xo, float factor, MemorySegment y, long yo, int n) {
        int whole = Lanes.whole(n);
        for (int i = 0; i < whole; i += L) {
            FloatVector v = load(x, xo + i);
            store(v.mul(factor).add(load(y, yo + i)), y, yo + i);
        }
        for (int i = whole; i < n; i++) {
            Lanes.set(y, yo + i, Lanes.get(x, xo + i) * factor + Lanes.get(y, yo + i));
        }
    }

    /** y += weight * (x - y). */
    public static void lerp(MemorySegment x, long xOffset, float weight, MemorySegment y, long yOffset, long n) {
        forEachBlock(n, (from, count) -> {
            long xo = xOffset + from;
            long yo = yOffset + from;
            int whole = Lanes.whole(count);
            for (int i = 0; i < whole; i += L) {
                FloatVector v = load(y, yo + i);
                store(v.add(load(x, xo + i).sub(v).mul(weight)), y, yo + i);
            }
            for (int i = whole; i < count; i++) {
                float v = Lanes.get(y, yo + i);
                Lanes.set(y, yo + i, v + (Lanes.get(x, xo + i) - v) * weight);
            }
        });
    }

    /**
     * One step of Adam or AdamW, operation by operation as {@code torch.optim} takes it, but for the second correction: it
     * is a factor, because two divisions and a root took longer than reading and writing the operands.
     */
    public static void adam(
            AdamStep step,
            double gradientScale,
            MemorySegment parameter,
            long pOffset,
            MemorySegment m,
            long mOffset,
            MemorySegment v,
            long vOffset,
            MemorySegment gradient,
            long gOffset,
            long n) {
        AdamFactors f = AdamFactors.of(step, gradientScale);
        forEachBlock(
                n,
                (from, count) -> adamBlock(
                        f,
                        parameter,
                        pOffset + from,
                        m,
                        mOffset + from,
                        v,
                        vOffset + from,
                        gradient,
                        gOffset + from,
                        count));
    }

    /** The factors of one step in float32. */
    private record AdamFactors(
            float keep,
            float addedDecay,
            float gradientScale,
            float firstWeight,
            float beta2,
            float secondWeight,
            float inverseCorrection,
            float epsilon,
            float stepSize) {
        static AdamFactors of(AdamStep op, double gradientScale) {
            double correction1 = 1 - Math.pow(op.beta1(), op.step());
            double correction2 = 1 - Math.pow(op.beta2(), op.step());
            return new AdamFactors(
                    op.decoupled() ? (float) (1 - op.learningRate() * op.weightDecay()) : 1f,
                    op.decoupled() ? 0f : (float) op.weightDecay(),
                    (float) gradientScale,
                    (float) (1 - op.beta1()),
                    (float) op.beta2(),
                    (float) (1 - op.beta2()),
                    (float) (1 / Math.sqrt(correction2)),
                    (float) op.epsilon(),
                    (float) (-op.learningRate() / correction1));
        }
    }

    private static void adamBlock(
            AdamFactors f,
            MemorySegment p,
            long po,
            MemorySegment m,
            long mo,
            MemorySegment v,
            long vo,
            MemorySegment g,
            long go,
            int n) {
        int whole = Lanes.whole(n);
        for (int i = 0; i < whole; i += L) {
            FloatVector x = load(p, po + i);
            FloatVector u = load(g, go + i).mul(f.gradientScale).add(x.mul(f.addedDecay));
            FloatVector first = load(m, mo + i);
            first = first.add(u.sub(first).mul(f.firstWeight));
            FloatVector second =
                    load(v, vo + i).mul(f.beta2).add(u.mul(f.secondWeight).mul(u));
            FloatVector deviation = second.sqrt().mul(f.inverseCorrection).add(f.epsilon);
            store(first, m, mo + i);
            store(second, v, vo + i);
            store(x.mul(f.keep).add(first.mul(f.stepSize).div(deviation)), p, po + i);
        }
        for (int i = whole; i < n; i++) {
            float x = Lanes.get(p, po + i);
            float u = Lanes.get(g, go + i) * f.gradientScale + x * f.addedDecay;
            float first = Lanes.get(m, mo + i);
            first += (u - first) * f.firstWeight;
            float second = Lanes.get(v, vo + i) * f.beta2 + u * f.secondWeight * u;
            float deviation = (float) Math.sqrt(second) * f.inverseCorrection + f.epsilon;
            Lanes.set(m, mo + i, first);
            Lanes.set(v, vo + i, second);
            Lanes.set(p, po + i, x * f.keep + first * f.stepSize / deviation);
        }
    }

    /** One step of SGD with momentum. */
    public static void sgd(
            SgdStep step,
            double gradientScale,
            MemorySegment parameter,
            long pOffset,
            MemorySegment velocity,
            long vOffset,
            MemorySegment gradient,
            long gOffset,
            long n) {
        float scale = (float) gradientScale;
        float decay = (float) step.weightDecay();
        float momentum = (float) step.momentum();
        float rate = (float) step.learningRate();
        forEachBlock(n, (from, count) -> {
            long po = pOffset + from;
            long vo = vOffset + from;
            long go = gOffset + from;
            int whole = Lanes.whole(count);
            for (int i = 0; i < whole; i += L) {
                FloatVector x = load(parameter, po + i);
                FloatVector u = load(gradient, go + i).mul(scale).add(x.mul(decay));
                FloatVector v = load(velocity, vo + i).mul(momentum).add(u);
                store(v, velocity, vo + i);
                store(x.sub(v.mul(rate)), parameter, po + i);
            }
            for (int i = whole; i < count; i++) {
                float x = Lanes.get(parameter, po + i);
                float u = Lanes.get(gradient, go + i) * scale + x * decay;
                float v = Lanes.get(velocity, vo + i) * momentum + u;
                Lanes.set(velocity, vo + i, v);
                Lanes.set(parameter, po + i, x - v * rate);
            }
        });
    }
}
