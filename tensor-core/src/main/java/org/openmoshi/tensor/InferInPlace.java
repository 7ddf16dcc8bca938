package org.openmoshi.tensor;

import static org.openmoshi.tensor.Infer.real;
import static org.openmoshi.tensor.Infer.require;
import static org.openmoshi.tensor.Infer.sameType;

/** Checks the inputs of in-place operations. */
final class InferInPlace {
    private InferInPlace() {}

    static void check(InPlaceOp op, Tensor... in) {
        for (int i = 0; i < op.written(in.length); i++) {
            unique(op, in[i]);
        }
        switch (op) {
            case InPlaceOp.Fill o -> {}
            case InPlaceOp.ScaleInto o -> real(op, in[0]);
            case InPlaceOp.CopyInto o ->
                require(
                        Shape.broadcast("CopyInto", in[0].shape(), in[1].shape())
                                .equals(in[0].shape()),
                        op,
                        () -> "source " + in[1].shape() + " does not broadcast to " + in[0].shape());
            case InPlaceOp.AddInto o -> {
                if (in[0].dtype() != DType.BF16) {
                    real(op, in[0]);
                }
                same(op, in);
            }
            case InPlaceOp.LerpInto o -> equal(op, in);
            case InPlaceOp.AdamStep o -> {
                int n = in.length / 4;
                require(
                        n > 0 && in.length % 4 <= 1,
                        op,
                        () -> "takes as many parameters, m, v and gradients, and perhaps a scale, not " + in.length
                                + " tensors");
                for (int i = 0; i < n; i++) {
                    dense(op, in[i], in[n + i], in[2 * n + i], in[3 * n + i]);
                    sameType(op, in[0], in[i]);
                }
                scale(op, 4 * n, in);
            }
            case InPlaceOp.SgdStep o -> {
                dense(op, in[0], in[1], in[2]);
                scale(op, 3, in);
            }
            case InPlaceOp.RingWrite o -> {
                Infer.rank(op, in[0], 4);
                Infer.rank(op, in[1], 4);
                Infer.sameType(op, in[0], in[1]);
                Infer.positions(op, in[0], in[2]);
                require(
                        in[1].shape().equals(in[0].shape().with(2, in[1].dim(2))) && in[1].dim(2) <= in[0].dim(2),
                        op,
                        () -> "steps " + in[1].shape() + " do not fit ring " + in[0].shape());
            }
            case InPlaceOp.CodebookEma o ->
                require(
                        in[0].rank() == 2
                                && in[2].rank() == 2
                                && in[0].dim(1) == in[2].dim(1)
                                && in[1].size() == in[0].dim(0)
                                && in[3].size() == in[2].dim(0)
                                && in[1].dtype() == real(op, in[0])
                                && in[2].dtype() == in[0].dtype()
                                && in[3].dtype() == DType.I64
                                && in[0].isContiguous()
                                && in[1].isContiguous(),
                        op,
                        () -> "sums " + in[0].dtype() + in[0].shape() + ", usage " + in[1].dtype() + in[1].shape()
                                + ", vectors " + in[2].dtype() + in[2].shape() + ", codes " + in[3].dtype()
                                + in[3].shape() + " do not fit");
        }
    }

    /** What is written must not show one element at several positions. */
    private static void unique(InPlaceOp op, Tensor x) {
        for (int a = 0; a < x.rank(); a++) {
            require(x.dim(a) < 2 || x.stride(a) != 0, op, () -> "writes to an expanded view of shape " + x.shape());
        }
    }

    private static void equal(InPlaceOp op, Tensor... in) {
        real(op, in[0]);
        same(op, in);
    }

    private static void same(InPlaceOp op, Tensor... in) {
        for (Tensor t : in) {
            require(
                    t.shape().equals(in[0].shape()) && t.dtype() == in[0].dtype(),
                    op,
                    () -> in[0].dtype() + in[0].shape().toString() + " and " + t.dtype() + t.shape() + " differ");
        }
    }

    /** An optional last input. */
    private static void scale(InPlaceOp op, int index, Tensor... in) {
        require(
                in.length == index || in[index].dtype() == DType.F64 && in[index].rank() == 0,
                op,
                () -> "takes an F64 scalar as scale, not " + in[index].dtype() + in[index].shape());
    }

    private static void dense(InPlaceOp op, Tensor... in) {
        equal(op, in);
        for (Tensor t : in) {
            require(t.isContiguous(), op, () -> "needs contiguous tensors");
        }
    }
}
