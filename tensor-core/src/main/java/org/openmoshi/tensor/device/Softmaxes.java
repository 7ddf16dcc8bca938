package org.openmoshi.tensor.device;

import org.openmoshi.tensor.ComputeOp.LogSoftmax;
import org.openmoshi.tensor.ComputeOp.LogSoftmaxGrad;
import org.openmoshi.tensor.ComputeOp.Softmax;
import org.openmoshi.tensor.ComputeOp.SoftmaxGrad;
import org.openmoshi.tensor.Tensor;

/** Softmax, log-softmax and their gradients along any axis of any layout ({@code softmax.h}). */
final class Softmaxes {
    private Softmaxes() {}

    static void softmax(Softmax op, Work work) {
        rows(work, "softmax", op.axis(), work.out(0), work.in(0));
    }

    static void softmaxGrad(SoftmaxGrad op, Work work) {
        rows(work, "softmax_grad", op.axis(), work.out(0), work.in(0), work.in(1));
    }

    static void logSoftmax(LogSoftmax op, Work work) {
        rows(work, "log_softmax", op.axis(), work.out(0), work.in(0));
    }

    static void logSoftmaxGrad(LogSoftmaxGrad op, Work work) {
        rows(work, "log_softmax_grad", op.axis(), work.out(0), work.in(0), work.in(1));
    }

    /** Passes the result and the operands: their memory, then where rows begin, then the strides along the axis. */
    private static void rows(Work work, String entry, int axis, Tensor... operands) {
        Tensor y = operands[0];
        if (y.size() == 0) {
            return;
        }
        long n = y.dim(axis);
        Strides starts = Reductions.without(axis, operands);
        Launch launch = work.kernel("softmax", y.dtype(), entry);
        for (Tensor operand : operands) {
            launch.tensor(operand);
        }
        for (int i = 0; i < operands.length; i++) {
            starts.pass(launch, i);
        }
        for (Tensor operand : operands) {
            launch.integer(operand.strides()[axis]);
        }
        boolean across = starts.lastStride(0) < y.strides()[axis];
        Rows.of(y.size() / n, n, across).launch(launch.integer(y.size() / n).integer(n));
    }
}
