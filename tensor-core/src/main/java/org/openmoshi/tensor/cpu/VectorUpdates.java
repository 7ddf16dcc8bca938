package org.openmoshi.tensor.cpu;

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

    static boolean adam(AdamStep op, Tensor... in) {
        if (!in[0].isContiguous() || !in[1].isContiguous() || !in[2].isContiguous()) {
            return false;
        }
        try (DenseOperand gradient = DenseOperand.of(in[3])) {
            UpdateKernel.adam(
                    op,
                    in[0].segment(),
                    in[0].offset(),
                    in[1].segment(),
                    in[1].offset(),
                    in[2].segment(),
                    in[2].offset(),
                    gradient.segment(),
                    gradient.offset(),
                    in[0].size());
        }
        return true;
    }

    static boolean sgd(SgdStep op, Tensor... in) {
        if (!in[0].isContiguous() || !in[1].isContiguous()) {
            return false;
        }
        try (DenseOperand gradient = DenseOperand.of(in[2])) {
            UpdateKernel.sgd(
                    op,
                    in[0].segment(),
                    in[0].offset(),
                    in[1].segment(),
                    in[1].offset(),
                    gradient.segment(),
                    gradient.offset(),
                    in[0].size());
        }
        return true;
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
