package org.openmoshi.tensor.device;

import org.openmoshi.tensor.ComputeOp.LogSoftmax;
import org.openmoshi.tensor.ComputeOp.LogSoftmaxGrad;
import org.openmoshi.tensor.ComputeOp.Softmax;
import org.openmoshi.tensor.ComputeOp.SoftmaxGrad;

/** Softmax, log-softmax and their gradients. */
final class Softmaxes {
    private Softmaxes() {}

    static void softmax(Softmax op, Work work) {
        throw new UnsupportedOperationException("softmax");
    }

    static void softmaxGrad(SoftmaxGrad op, Work work) {
        throw new UnsupportedOperationException("softmaxGrad");
    }

    static void logSoftmax(LogSoftmax op, Work work) {
        throw new UnsupportedOperationException("logSoftmax");
    }

    static void logSoftmaxGrad(LogSoftmaxGrad op, Work work) {
        throw new UnsupportedOperationException("logSoftmaxGrad");
    }
}
