package org.openmoshi.tensor;

import static org.openmoshi.tensor.Infer.real;
import static org.openmoshi.tensor.Infer.require;

/** Checks the inputs of in-place operations. */
final class InferInPlace {
    private InferInPlace() {}

    static void check(InPlaceOp op, Tensor... in) {
        for (int i = 0; i < op.written(); i++) {
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
            case InPlaceOp.AddInto o -> equal(op, in);
            case InPlaceOp.LerpInto o -> equal(op, in);
            case InPlaceOp.AdamStep o -> dense(op, in);
            case InPlaceOp.SgdStep o -> dense(op, in);
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
        for (Tensor t : in) {
            require(
                    t.shape().equals(in[0].shape()) && t.dtype() == in[0].dtype(),
                    op,
                    () -> in[0].dtype() + in[0].shape().toString() + " and " + t.dtype() + t.shape() + " differ");
        }
    }

    private static void dense(InPlaceOp op, Tensor... in) {
        equal(op, in);
        for (Tensor t : in) {
            require(t.isContiguous(), op, () -> "needs contiguous tensors");
        }
    }
}
