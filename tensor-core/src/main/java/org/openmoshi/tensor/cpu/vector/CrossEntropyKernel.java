package org.openmoshi.tensor.cpu.vector;

import static org.openmoshi.tensor.cpu.vector.Lanes.L;
import static org.openmoshi.tensor.cpu.vector.Lanes.load;
import static org.openmoshi.tensor.cpu.vector.Lanes.store;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import org.openmoshi.tensor.cpu.Parallel;

/**
 * Cross-entropy of rows of logits [rows, classes] against class numbers, with the gradient from the saved log-sum-exp.
 * A negative target gives no loss and no gradient.
 */
public final class CrossEntropyKernel {
    private CrossEntropyKernel() {}

    /**
     * losses = weight (log-sum-exp - logit of the target).
     *
     * @param targets int64 [rows], contiguous, each less than the number of classes
     * @param weights float32 [rows], or the null segment for weights of 1
     */
    public static void forward(
            MemorySegment logits,
            long logitsOffset,
            MemorySegment targets,
            long targetsOffset,
            MemorySegment weights,
            long weightsOffset,
            MemorySegment losses,
            long lossesOffset,
            MemorySegment logSumExp,
            long logSumExpOffset,
            int rows,
            int classes) {
        boolean weighted = weights.address() != 0;
        Parallel.run(rows, row -> {
            long at = logitsOffset + (long) row * classes;
            float norm = SoftmaxKernel.logSumExp(logits, at, classes);
            long target = Lanes.getLong(targets, targetsOffset + row);
            float loss = 0;
            if (target >= 0) {
                loss = (weighted ? Lanes.get(weights, weightsOffset + row) : 1f)
                        * (norm - Lanes.get(logits, at + target));
            }
            Lanes.set(losses, lossesOffset + row, loss);
            Lanes.set(logSumExp, logSumExpOffset + row, norm);
        });
    }

    /** dlogits = g weight (e^(logit - logSumExp) - one-hot of the target). */
    public static void backward(
            MemorySegment g,
            long gOffset,
            MemorySegment logits,
            long logitsOffset,
            MemorySegment targets,
            long targetsOffset,
            MemorySegment logSumExp,
            long logSumExpOffset,
            MemorySegment weights,
            long weightsOffset,
            MemorySegment dlogits,
            long dlogitsOffset,
            int rows,
            int classes) {
        boolean weighted = weights.address() != 0;
        Parallel.run(rows, row -> {
            long o = dlogitsOffset + (long) row * classes;
            long target = Lanes.getLong(targets, targetsOffset + row);
            if (target < 0) {
                CopyKernel.fill(dlogits, o, classes, 0f);
                return;
            }
            float scale = Lanes.get(g, gOffset + row) * (weighted ? Lanes.get(weights, weightsOffset + row) : 1f);
            float norm = Lanes.get(logSumExp, logSumExpOffset + row);
            probabilities(logits, logitsOffset + (long) row * classes, norm, scale, dlogits, o, classes);
            Lanes.set(dlogits, o + target, Lanes.get(dlogits, o + target) - scale);
        });
    }

    private static void probabilities(
            MemorySegment x, long xo, float shift, float scale, MemorySegment y, long yo, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            store(VectorMath.expOfModerate(load(x, xo + i).sub(shift)).mul(scale), y, yo + i);
        }
        if (i < n) {
            VectorMask<Float> mask = Lanes.first(n - i);
            FloatVector p = VectorMath.expOfModerate(load(x, xo + i, mask).sub(shift));
            store(p.mul(scale), y, yo + i, mask);
        }
    }
}
