package org.openmoshi.tensor.device;

import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.InPlaceOp.AdamStep;
import org.openmoshi.tensor.InPlaceOp.AddInto;
import org.openmoshi.tensor.InPlaceOp.LerpInto;
import org.openmoshi.tensor.InPlaceOp.ScaleInto;
import org.openmoshi.tensor.InPlaceOp.SgdStep;
import org.openmoshi.tensor.Tensor;

/** Optimizer steps and other updates in place ({@code update.h}, {@code adam.h}). */
final class Updates {
    /** Tensors of a launch over a list of them. */
    static final int TENSORS = KernelSource.constant("tensors.h", "TENSORS");

    /** Groups per tensor of a list: enough to fill a device, few enough that small tensors waste little. */
    private static final long MAX_GROUPS = 1024;

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

    /** Up to {@link #TENSORS} parameters in a launch. */
    static void adam(AdamStep op, Work work) {
        int n = work.count() / 4;
        double correction1 = 1 - Math.pow(op.beta1(), op.step());
        double correction2 = 1 - Math.pow(op.beta2(), op.step());
        DType dtype = work.in(0).dtype();
        for (int from = 0; from < n; from += TENSORS) {
            int count = Math.min(TENSORS, n - from);
            long largest = 0;
            Launch launch = work.kernel("adam", dtype, "adam");
            for (int i = 0; i < TENSORS; i++) {
                int parameter = i < count ? from + i : from; // one of those that are there, where there are fewer
                long size = i < count ? work.in(parameter).size() : 0;
                largest = Math.max(largest, size);
                launch.integer(size);
                for (int slot = 0; slot < 4; slot++) {
                    launch.tensor(work.in(slot * n + parameter));
                }
            }
            scale(work, 4 * n, launch.integer(count))
                    .real(op.decoupled() ? 1 - op.learningRate() * op.weightDecay() : 1)
                    .real(op.decoupled() ? 0 : op.weightDecay())
                    .real(op.beta1())
                    .real(1 - op.beta1())
                    .real(op.beta2())
                    .real(1 - op.beta2())
                    .real(op.learningRate() / correction1)
                    .real(correction2)
                    .real(op.epsilon())
                    .groups(Math.min(MAX_GROUPS, Math.ceilDiv(largest, Launch.ITEMS)), count, 1, Launch.ITEMS);
        }
    }

    /** Passes an optional last input by which gradients are multiplied: the buffer, and whether it means anything. */
    private static Launch scale(Work work, int index, Launch launch) {
        boolean present = index < work.count();
        return launch.tensor(work.in(present ? index : 0)).integer(present ? 1 : 0);
    }

    static void sgd(SgdStep op, Work work) {
        Tensor parameter = work.in(0);
        Launch launch = work.kernel("update", parameter.dtype(), "sgd")
                .tensor(parameter)
                .tensor(work.in(1))
                .tensor(work.in(2));
        scale(work, 3, launch)
                .real(op.weightDecay())
                .real(op.momentum())
                .real(op.learningRate())
                .integer(parameter.size())
                .elements(parameter.size());
    }
}
