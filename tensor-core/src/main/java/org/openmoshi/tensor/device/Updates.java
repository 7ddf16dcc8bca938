package org.openmoshi.tensor.device;

import org.openmoshi.tensor.InPlaceOp.AdamStep;
import org.openmoshi.tensor.InPlaceOp.AddInto;
import org.openmoshi.tensor.InPlaceOp.LerpInto;
import org.openmoshi.tensor.InPlaceOp.ScaleInto;
import org.openmoshi.tensor.InPlaceOp.SgdStep;
import org.openmoshi.tensor.Tensor;

/** Optimizer steps and other updates in place ({@code update.h}). */
final class Updates {
    private Updates() {}

    static void scale(ScaleInto op, Work work) {
        Tensor dst = work.in(0);
        Strides strides = new Strides(dst.shape(), dst.strides());
        Launch launch = work.kernel("update", dst.dtype(), "scale").tensor(dst);
        strides.pass(launch, 0).real(op.factor()).integer(dst.size()).elements(dst.size());
    }

    static void add(AddInto op, Work work) {
        combine(work, "add", op.factor());
    }

    static void lerp(LerpInto op, Work work) {
        combine(work, "lerp", op.weight());
    }

    /** A source in the memory that is written is copied first, as it may lie there otherwise. */
    private static void combine(Work work, String entry, double weight) {
        Tensor dst = work.in(0);
        Tensor src = work.in(1);
        boolean shared = dst.storage() == src.storage();
        Block from = shared ? work.copy(src, src.shape(), src.strides()) : Block.of(src);
        Strides strides =
                new Strides(dst.shape(), dst.strides(), shared ? src.shape().contiguousStrides() : src.strides());
        Launch launch = work.kernel("update", dst.dtype(), entry).tensor(dst);
        strides.pass(launch, 0).dense(from);
        strides.pass(launch, 1).real(weight).integer(dst.size()).elements(dst.size());
    }

    static void adam(AdamStep op, Work work) {
        double correction1 = 1 - Math.pow(op.beta1(), op.step());
        double correction2 = 1 - Math.pow(op.beta2(), op.step());
        Tensor parameter = work.in(0);
        work.kernel("update", parameter.dtype(), "adam")
                .tensor(parameter)
                .tensor(work.in(1))
                .tensor(work.in(2))
                .tensor(work.in(3))
                .real(op.gradientScale())
                .real(op.decoupled() ? 1 - op.learningRate() * op.weightDecay() : 1)
                .real(op.decoupled() ? 0 : op.weightDecay())
                .real(op.beta1())
                .real(1 - op.beta1())
                .real(op.beta2())
                .real(1 - op.beta2())
                .real(op.learningRate() / correction1)
                .real(correction2)
                .real(op.epsilon())
                .integer(parameter.size())
                .elements(parameter.size());
    }

    static void sgd(SgdStep op, Work work) {
        Tensor parameter = work.in(0);
        work.kernel("update", parameter.dtype(), "sgd")
                .tensor(parameter)
                .tensor(work.in(1))
                .tensor(work.in(2))
                .real(op.gradientScale())
                .real(op.weightDecay())
                .real(op.momentum())
                .real(op.learningRate())
                .integer(parameter.size())
                .elements(parameter.size());
    }
}
