package org.openmoshi.tensor;

import static org.openmoshi.tensor.Infer.index;
import static org.openmoshi.tensor.Infer.parameter;
import static org.openmoshi.tensor.Infer.rank;
import static org.openmoshi.tensor.Infer.real;
import static org.openmoshi.tensor.Infer.require;
import static org.openmoshi.tensor.Infer.same;
import static org.openmoshi.tensor.Infer.sameType;
import static org.openmoshi.tensor.Infer.specs;
import static org.openmoshi.tensor.Infer.vector;

import org.openmoshi.tensor.ComputeOp.AttentionGrad;
import org.openmoshi.tensor.ComputeOp.Conv1d;
import org.openmoshi.tensor.ComputeOp.Conv1dGradInput;
import org.openmoshi.tensor.ComputeOp.Conv1dGradWeight;
import org.openmoshi.tensor.ComputeOp.Conv2d;
import org.openmoshi.tensor.ComputeOp.Conv2dGradInput;
import org.openmoshi.tensor.ComputeOp.Conv2dGradWeight;
import org.openmoshi.tensor.ComputeOp.CrossEntropyGrad;
import org.openmoshi.tensor.ComputeOp.EmbeddingGrad;
import org.openmoshi.tensor.ComputeOp.GroupNormGrad;
import org.openmoshi.tensor.ComputeOp.LayerNormGrad;
import org.openmoshi.tensor.ComputeOp.PadGrad;
import org.openmoshi.tensor.ComputeOp.PadMode;
import org.openmoshi.tensor.ComputeOp.RmsNormGrad;
import org.openmoshi.tensor.ComputeOp.StftGrad;
import org.openmoshi.tensor.ComputeOp.WeightNormGrad;

/** Shape rules of the fused gradients. The tape only makes calls that fit; kernels must not trust that of anyone else. */
final class GradientShapes {
    private GradientShapes() {}

    static Spec[] pad(PadGrad op, Tensor g) {
        long dim = g.dim(op.axis()) - op.before() - op.after();
        require(
                op.before() >= 0
                        && op.after() >= 0
                        && dim > 0
                        && (op.mode() != PadMode.REFLECT || Math.max(op.before(), op.after()) < dim),
                op,
                () -> "padding of " + op.before() + " and " + op.after() + " does not fit " + g.shape());
        return specs(g.dtype(), g.shape().with(op.axis(), dim));
    }

    static Spec[] embedding(EmbeddingGrad op, Tensor g, Tensor index) {
        index(op, index);
        require(
                g.rank() == index.rank() + 1 && g.shape().equals(index.shape().insert(index.rank(), g.dim(-1))),
                op,
                () -> "gradient " + g.shape() + " does not fit index " + index.shape());
        return specs(g.dtype(), Shape.of(op.vocabulary(), g.dim(-1)));
    }

    static Spec[] conv1dInput(Conv1dGradInput op, Tensor g, Tensor weight) {
        Conv1d conv = op.conv();
        convInput(op, 3, conv.groups(), g, weight);
        lengths(op, conv, g.dim(2), op.inputLength(), weight.dim(2));
        return specs(g.dtype(), Shape.of(g.dim(0), weight.dim(1) * conv.groups(), op.inputLength()));
    }

    static Spec[] conv1dWeight(Conv1dGradWeight op, Tensor g, Tensor x) {
        Conv1d conv = op.conv();
        convWeight(op, 3, conv.groups(), g, x);
        lengths(op, conv, g.dim(2), x.dim(2), op.kernelSize());
        return specs(g.dtype(), Shape.of(g.dim(1), x.dim(1) / conv.groups(), op.kernelSize()));
    }

    static Spec[] conv2dInput(Conv2dGradInput op, Tensor g, Tensor weight) {
        Conv2d conv = op.conv();
        convInput(op, 4, conv.groups(), g, weight);
        heightsAndWidths(op, conv, g, op.height(), op.width(), weight.dim(2), weight.dim(3));
        return specs(g.dtype(), Shape.of(g.dim(0), weight.dim(1) * conv.groups(), op.height(), op.width()));
    }

    static Spec[] conv2dWeight(Conv2dGradWeight op, Tensor g, Tensor x) {
        Conv2d conv = op.conv();
        convWeight(op, 4, conv.groups(), g, x);
        heightsAndWidths(op, conv, g, x.dim(2), x.dim(3), op.kernelHeight(), op.kernelWidth());
        Shape weight = Shape.of(g.dim(1), x.dim(1) / conv.groups(), op.kernelHeight(), op.kernelWidth());
        return specs(g.dtype(), weight);
    }

    private static void convInput(Op op, int rank, int groups, Tensor g, Tensor weight) {
        rank(op, g, rank);
        rank(op, weight, rank);
        real(op, g);
        sameType(op, g, weight);
        require(
                groups > 0 && g.dim(1) == weight.dim(0) && weight.dim(0) % groups == 0,
                op,
                () -> "gradient " + g.shape() + " does not fit weight " + weight.shape() + " in " + groups + " groups");
    }

    private static void convWeight(Op op, int rank, int groups, Tensor g, Tensor x) {
        rank(op, g, rank);
        rank(op, x, rank);
        real(op, g);
        sameType(op, g, x);
        require(
                groups > 0 && g.dim(0) == x.dim(0) && g.dim(1) % groups == 0 && x.dim(1) % groups == 0,
                op,
                () -> "gradient " + g.shape() + " does not fit input " + x.shape() + " in " + groups + " groups");
    }

    private static void lengths(Op op, Conv1d conv, long small, long large, long kernelSize) {
        long padded = large + conv.padLeft() + conv.padRight();
        lengths(op, small, padded, kernelSize, conv.stride(), conv.dilation());
    }

    private static void heightsAndWidths(
            Op op, Conv2d conv, Tensor small, long height, long width, long kernelHeight, long kernelWidth) {
        lengths(op, small.dim(2), height + 2L * conv.padH(), kernelHeight, conv.strideH(), conv.dilationH());
        lengths(op, small.dim(3), width + 2L * conv.padW(), kernelWidth, conv.strideW(), conv.dilationW());
    }

    /** The output of a convolution along an axis must be as long as its padded input says; it may be empty. */
    private static void lengths(Op op, long small, long padded, long kernelSize, int stride, int dilation) {
        long span = dilation * (kernelSize - 1) + 1;
        require(
                stride > 0 && dilation > 0 && kernelSize > 0,
                op,
                () -> "needs a positive stride, dilation and kernel size");
        require(
                small == 0 || padded >= span && (padded - span) / stride + 1 == small,
                op,
                () -> "a convolution of " + padded + " padded positions with stride " + stride
                        + " and a kernel's span of " + span + " does not give " + small);
    }

    // (g [N], logits [N, V], targets [N], logSumExp [N], optional weights [N])
    static Spec[] crossEntropy(CrossEntropyGrad op, Tensor... in) {
        Tensor logits = in[1];
        rank(op, logits, 2);
        real(op, logits);
        index(op, in[2]);
        vector(op, in[2], logits.dim(0));
        parameter(op, logits, in[0], logits.dim(0));
        parameter(op, logits, in[3], logits.dim(0));
        if (in.length > 4) {
            parameter(op, logits, in[4], logits.dim(0));
        }
        return specs(logits.dtype(), logits.shape());
    }

    // (g, x [..., D], weight [D], mean [...], rstd [...])
    static Spec[] layerNorm(LayerNormGrad op, Tensor... in) {
        Spec x = gradient(op, in);
        parameter(op, in[1], in[2], in[1].dim(-1));
        statistic(op, in[1], in[3], x.shape().without(-1));
        statistic(op, in[1], in[4], x.shape().without(-1));
        Spec affine = new Spec(x.dtype(), in[2].shape());
        return new Spec[] {x, affine, affine};
    }

    // (g, x [..., D], weight [D], rstd [...])
    static Spec[] rmsNorm(RmsNormGrad op, Tensor... in) {
        Spec x = gradient(op, in);
        parameter(op, in[1], in[2], in[1].dim(-1));
        statistic(op, in[1], in[3], x.shape().without(-1));
        return new Spec[] {x, new Spec(x.dtype(), in[2].shape())};
    }

    // (g, x [B, C, ...], weight [C], mean [B, groups], rstd [B, groups])
    static Spec[] groupNorm(GroupNormGrad op, Tensor... in) {
        Spec x = gradient(op, in);
        require(
                in[1].rank() >= 2 && op.groups() > 0 && in[1].dim(1) % op.groups() == 0,
                op,
                () -> op.groups() + " groups do not divide the channels of " + x.shape());
        parameter(op, in[1], in[2], in[1].dim(1));
        statistic(op, in[1], in[3], Shape.of(in[1].dim(0), op.groups()));
        statistic(op, in[1], in[4], Shape.of(in[1].dim(0), op.groups()));
        Spec affine = new Spec(x.dtype(), in[2].shape());
        return new Spec[] {x, affine, affine};
    }

    // (dw, v [C, ...], g [C, 1, ...])
    static Spec[] weightNorm(WeightNormGrad op, Tensor... in) {
        Spec v = gradient(op, in);
        sameType(op, in[1], in[2]);
        require(
                in[2].size() == in[1].dim(0),
                op,
                () -> "gain " + in[2].shape() + " does not match the first axis of " + in[1].shape());
        return new Spec[] {v, new Spec(v.dtype(), in[2].shape())};
    }

    // (g, q [B, H, T, D], k, v, out, logSumExp [B, H, T])
    static Spec[] attention(AttentionGrad op, Tensor... in) {
        Spec[] forward = Infer.attention(op, in[1], in[2], in[3]);
        Spec out = forward[0];
        same(op, in[0], in[1]);
        same(op, in[4], in[1]);
        require(
                in[5].dtype() == forward[1].dtype() && in[5].shape().equals(forward[1].shape()),
                op,
                () -> "logarithms of sums are " + in[5].dtype() + in[5].shape() + ", not " + forward[1].dtype()
                        + forward[1].shape());
        Spec key = new Spec(out.dtype(), in[2].shape());
        return new Spec[] {out, key, key};
    }

    // (g [B, 2, frames, nFft/2 + 1], window [W])
    static Spec[] stft(StftGrad op, Tensor g, Tensor window) {
        rank(op, g, 4);
        rank(op, window, 1);
        real(op, g);
        sameType(op, g, window);
        require(
                op.nFft() > 0
                        && op.hop() > 0
                        && op.length() >= op.nFft()
                        && window.size() <= op.nFft()
                        && g.dim(1) == 2
                        && g.dim(2) == (op.length() - op.nFft()) / op.hop() + 1
                        && g.dim(3) == op.nFft() / 2 + 1,
                op,
                () -> "gradient " + g.shape() + " and window " + window.shape() + " do not fit a transform of "
                        + op.length() + " samples");
        return specs(g.dtype(), Shape.of(g.dim(0), op.length()));
    }

    /** The gradient of the second input, which has the shape of the first. */
    private static Spec gradient(Op op, Tensor... in) {
        real(op, in[1]);
        return same(op, in[0], in[1])[0];
    }

    private static void statistic(Op op, Tensor x, Tensor value, Shape shape) {
        sameType(op, x, value);
        require(
                value.shape().equals(shape),
                op,
                () -> "saved statistics are " + value.shape() + ", not " + shape + " as " + x.shape() + " has");
    }
}
