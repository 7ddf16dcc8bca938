package org.openmoshi.tensor.cpu.scalar;

import org.openmoshi.tensor.ComputeOp.CrossEntropy;

/** Cross-entropy of logits against class numbers. */
public final class CrossEntropies {
    private CrossEntropies() {}

    // (logits [N, V], targets [N], optional weights [N]) -> losses [N], logSumExp [N]
    /** Weight times (log-sum-exp minus the target's logit). */
    public static void forward(CrossEntropy op, Operands t) {
        Cells logits = t.in(0);
        Cells targets = t.in(1);
        Cells weights = t.count() > 2 ? t.in(2) : null;
        Cells losses = t.out(0);
        Cells norms = t.out(1);
        long classes = logits.dim(1);
        Lines rows = new Lines(logits.shape(), 1);
        for (long i = 0; i < losses.size(); i++) {
            double norm = Softmaxes.logSumExp(logits, rows, i);
            norms.set(i, norm);
            long target = targets.getLong(i);
            double weight = weights == null ? 1 : weights.get(i);
            losses.set(
                    i,
                    target < 0 ? 0 : weight * (norm - logits.get(i * classes + Indexing.check(op, target, classes))));
        }
    }

    // (g [N], logits [N, V], targets [N], logSumExp [N], optional weights [N]) -> dlogits [N, V]
    /** g weight (softmax - one-hot). */
    public static void gradient(Operands t) {
        Cells g = t.in(0);
        Cells logits = t.in(1);
        Cells targets = t.in(2);
        Cells norms = t.in(3);
        Cells out = t.out(0);
        long classes = logits.dim(1);
        Cells weights = t.count() > 4 ? t.in(4) : null;
        for (long i = 0; i < g.size(); i++) {
            long target = targets.getLong(i);
            double scale = g.get(i) * (weights == null ? 1 : weights.get(i));
            for (long j = 0; j < classes; j++) {
                double softmax = Math.exp(logits.get(i * classes + j) - norms.get(i));
                double value = target < 0 ? 0 : scale * (softmax - (j == target ? 1 : 0));
                out.set(i * classes + j, value);
            }
        }
    }
}
