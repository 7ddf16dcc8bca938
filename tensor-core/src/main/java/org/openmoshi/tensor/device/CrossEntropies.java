package org.openmoshi.tensor.device;

import org.openmoshi.tensor.Tensor;

/** Softmax cross-entropy and its gradient ({@code cross_entropy.h}). */
final class CrossEntropies {
    private CrossEntropies() {}

    // (logits [N, V], targets [N], optional weights [N]) -> losses [N], logSumExp [N]
    static void crossEntropy(Work work) {
        Tensor logits = work.in(0);
        Block targets = work.dense(1);
        Block weights = work.count() > 2 ? work.dense(2) : Block.of(logits);
        rows(
                logits,
                work.kernel("cross_entropy", logits.dtype(), "cross_entropy")
                        .dense(work.result(0))
                        .dense(work.result(1))
                        .tensor(logits)
                        .integer(logits.strides()[0])
                        .integer(logits.strides()[1])
                        .dense(targets)
                        .dense(weights)
                        .integer(work.count() > 2 ? 1 : 0)
                        .dense(work.faults()));
    }

    // (g [N], logits [N, V], targets [N], logSumExp [N], optional weights [N]) -> dlogits [N, V]
    static void crossEntropyGrad(Work work) {
        Tensor logits = work.in(1);
        Block g = work.dense(0);
        Block targets = work.dense(2);
        Block norms = work.dense(3);
        Block weights = work.count() > 4 ? work.dense(4) : Block.of(logits);
        rows(
                logits,
                work.kernel("cross_entropy", logits.dtype(), "cross_entropy_grad")
                        .dense(work.result(0))
                        .dense(g)
                        .tensor(logits)
                        .integer(logits.strides()[0])
                        .integer(logits.strides()[1])
                        .dense(targets)
                        .dense(norms)
                        .dense(weights)
                        .integer(work.count() > 4 ? 1 : 0));
    }

    private static void rows(Tensor logits, Launch launch) {
        long n = logits.dim(0);
        long classes = logits.dim(1);
        boolean across = Math.abs(logits.strides()[0]) < Math.abs(logits.strides()[1]);
        Rows.of(n, classes, across).launch(launch.integer(n).integer(classes));
    }
}
