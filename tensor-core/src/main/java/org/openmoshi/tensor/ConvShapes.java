package org.openmoshi.tensor;

import static org.openmoshi.tensor.Infer.parameter;
import static org.openmoshi.tensor.Infer.rank;
import static org.openmoshi.tensor.Infer.real;
import static org.openmoshi.tensor.Infer.require;
import static org.openmoshi.tensor.Infer.sameType;
import static org.openmoshi.tensor.Infer.specs;

import org.openmoshi.tensor.ComputeOp.Conv1d;
import org.openmoshi.tensor.ComputeOp.Conv2d;
import org.openmoshi.tensor.ComputeOp.ConvTranspose1d;
import org.openmoshi.tensor.ComputeOp.PackedConv1d;

/** Shape rules of the convolutions. */
final class ConvShapes {
    private ConvShapes() {}

    static Spec[] conv1d(Conv1d op, Tensor... in) {
        Tensor x = in[0];
        Tensor weight = in[1];
        rank(op, x, 3);
        check(op, 3, op.groups(), x.dim(1), in);
        long out = length(op, x.dim(2) + op.padLeft() + op.padRight(), weight.dim(2), op.stride(), op.dilation(), x);
        return specs(x.dtype(), Shape.of(x.dim(0), weight.dim(0), out));
    }

    static Spec[] packedConv1d(PackedConv1d op, Tensor... in) {
        Tensor x = in[0];
        Tensor panels = in[1];
        rank(op, x, 3);
        rank(op, panels, 3);
        real(op, x);
        require(
                panels.dtype() == x.dtype() || (panels.dtype() == DType.BF16 && x.dtype() == DType.F32),
                op,
                () -> "takes panels of the input's type, or BF16 for an input of F32, not " + panels.dtype() + " for "
                        + x.dtype());
        Shape expected = Shape.of(
                Math.ceilDiv(op.outChannels(), (long) ComputeOp.PANEL_ROWS),
                x.dim(2) * op.kernelSize(),
                ComputeOp.PANEL_ROWS);
        require(
                panels.shape().equals(expected),
                op,
                () -> "input " + x.shape() + " needs panels " + expected + ", not " + panels.shape());
        require(x.dim(2) > 0 && op.outChannels() > 0, op, () -> "needs channels, got " + x.shape());
        if (in.length > 2) {
            parameter(op, x, in[2], op.outChannels());
        }
        long out = length(op, x.dim(1), op.kernelSize(), op.stride(), op.dilation(), x);
        return specs(x.dtype(), Shape.of(x.dim(0), out, op.outChannels()));
    }

    static Spec[] conv2d(Conv2d op, Tensor... in) {
        Tensor x = in[0];
        Tensor weight = in[1];
        rank(op, x, 4);
        check(op, 4, op.groups(), x.dim(1), in);
        long h = length(op, x.dim(2) + 2L * op.padH(), weight.dim(2), op.strideH(), op.dilationH(), x);
        long w = length(op, x.dim(3) + 2L * op.padW(), weight.dim(3), op.strideW(), op.dilationW(), x);
        return specs(x.dtype(), Shape.of(x.dim(0), weight.dim(0), h, w));
    }

    static Spec[] convTranspose1d(ConvTranspose1d op, Tensor... in) {
        Tensor x = in[0];
        Tensor weight = in[1];
        rank(op, x, 3);
        rank(op, weight, 3);
        real(op, x);
        sameType(op, x, weight);
        require(
                op.groups() > 0 && x.dim(1) % op.groups() == 0 && x.dim(1) == weight.dim(0),
                op,
                () -> "input " + x.shape() + " does not fit weight " + weight.shape() + " in " + op.groups()
                        + " groups");
        if (in.length > 2) {
            parameter(op, x, in[2], weight.dim(1) * op.groups());
        }
        long full = x.dim(2) == 0 ? 0 : (x.dim(2) - 1) * op.stride() + op.dilation() * (weight.dim(2) - 1) + 1;
        require(op.stride() > 0 && op.dilation() > 0, op, () -> "needs a positive stride and dilation");
        require(
                full >= (long) op.trimLeft() + op.trimRight(),
                op,
                () -> "trims more than the " + full + " samples made from " + x.shape());
        return specs(x.dtype(), Shape.of(x.dim(0), weight.dim(1) * op.groups(), full - op.trimLeft() - op.trimRight()));
    }

    private static void check(Op op, int rank, int groups, long channels, Tensor... in) {
        real(op, in[0]);
        rank(op, in[1], rank);
        sameType(op, in[0], in[1]);
        require(
                groups > 0 && channels % groups == 0 && in[1].dim(0) % groups == 0 && in[1].dim(1) == channels / groups,
                op,
                () -> "input " + in[0].shape() + " does not fit weight " + in[1].shape() + " in " + groups + " groups");
        if (in.length > 2) {
            parameter(op, in[0], in[2], in[1].dim(0));
        }
    }

    private static long length(Op op, long padded, long kernel, int stride, int dilation, Tensor x) {
        require(
                stride > 0 && dilation > 0 && kernel > 0,
                op,
                () -> "needs a positive stride, dilation and kernel size");
        long span = dilation * (kernel - 1) + 1;
        require(padded >= span, op, () -> "input " + x.shape() + " is shorter than the kernel's span of " + span);
        return (padded - span) / stride + 1;
    }
}
