package org.openmoshi.tensor.cpu;

import java.lang.foreign.ValueLayout;
import org.openmoshi.tensor.InPlaceOp.*;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.cpu.vector.CodebookEmaKernel;
import org.openmoshi.tensor.cpu.vector.CopyKernel;
import org.openmoshi.tensor.cpu.vector.UpdateKernel;

/** Hands float32 tensors of in-place operations to their kernels. Each says whether it could: targets must be dense. */
final class VectorUpdates {
    private VectorUpdates() {}

    static boolean fill(Fill op, Tensor y) {
        if (!y.isContiguous()) {
            return false;
        }
        CopyKernel.fill(y.segment(), y.offset(), y.size(), (float) op.value());
        return true;
    }

    static boolean copyInto(Tensor y, Tensor x) {
        if (x.storage() == y.storage()) {
            return false; // may overlap
        }
        VectorElementwise.copy(x, y);
        return true;
    }

    static boolean scale(ScaleInto op, Tensor y) {
        if (!y.isContiguous()) {
            return false;
        }
        UpdateKernel.scale(y.segment(), y.offset(), (float) op.factor(), y.size());
        return true;
    }

    static boolean add(AddInto op, Tensor y, Tensor x) {
        if (!y.isContiguous() || x.storage() == y.storage()) {
            return false;
        }
        try (DenseOperand source = DenseOperand.of(x)) {
            UpdateKernel.add(source.segment(), source.offset(), (float) op.factor(), y.segment(), y.offset(), y.size());
        }
        return true;
    }

    static boolean lerp(LerpInto op, Tensor y, Tensor x) {
        if (!y.isContiguous() || x.storage() == y.storage()) {
            return false;
        }
        try (DenseOperand source = DenseOperand.of(x)) {
            UpdateKernel.lerp(
                    source.segment(), source.offset(), (float) op.weight(), y.segment(), y.offset(), y.size());
        }
        return true;
    }

    // (n parameters, n m, n v, n gradients, optional scale F64 []), all dense
    static boolean adam(AdamStep op, Tensor... in) {
        int n = in.length / 4;
        double scale = scale(4 * n, in);
        for (int i = 0; i < n; i++) {
            Tensor parameter = in[i];
            Tensor m = in[n + i];
            Tensor v = in[2 * n + i];
            Tensor gradient = in[3 * n + i];
            UpdateKernel.adam(
                    op,
                    scale,
                    parameter.segment(),
                    parameter.offset(),
                    m.segment(),
                    m.offset(),
                    v.segment(),
                    v.offset(),
                    gradient.segment(),
                    gradient.offset(),
                    parameter.size());
        }
        return true;
    }

    // (parameter, velocity, gradient, optional scale F64 []), all dense
    static boolean sgd(SgdStep op, Tensor... in) {
        UpdateKernel.sgd(
                op,
                scale(3, in),
                in[0].segment(),
                in[0].offset(),
                in[1].segment(),
                in[1].offset(),
                in[2].segment(),
                in[2].offset(),
                in[0].size());
        return true;
    }

    private static double scale(int index, Tensor... in) {
        return index < in.length ? in[index].segment().getAtIndex(ValueLayout.JAVA_DOUBLE, in[index].offset()) : 1;
    }

    // (embeddingSum [K, D], clusterUsage [K], x [N, D], codes [N] int64)
    static boolean codebookEma(CodebookEma op, Tensor... in) {
        if (!in[0].isContiguous() || !in[1].isContiguous() || !in[3].isContiguous()) {
            return false;
        }
        try (DenseOperand x = DenseOperand.of(in[2])) {
            CodebookEmaKernel.update(
                    op.decay(),
                    in[0].segment(),
                    in[0].offset(),
                    in[1].segment(),
                    in[1].offset(),
                    x.segment(),
                    x.offset(),
                    in[3].segment(),
                    in[3].offset(),
                    in[2].intDim(0),
                    in[0].intDim(0),
                    in[0].intDim(1));
        }
        return true;
    }
}
