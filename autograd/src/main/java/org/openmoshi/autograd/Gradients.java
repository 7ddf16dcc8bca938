package org.openmoshi.autograd;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.openmoshi.tensor.Axes;
import org.openmoshi.tensor.ComputeOp;
import org.openmoshi.tensor.ComputeOp.*;
import org.openmoshi.tensor.Engine;
import org.openmoshi.tensor.InPlaceOp;
import org.openmoshi.tensor.Op;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.ViewOp;

/**
 * The gradient of every operation, on one page. Three exhaustive switches over the sealed {@link Op}: which operations
 * have a gradient, what their rules read, and the rules. An operation that is missing here does not compile.
 */
final class Gradients {
    private Gradients() {}

    /** False for operations through which no gradient flows: the list of what is not differentiable. */
    static boolean differentiable(Op op, Tensor... outputs) {
        return switch (op) {
            case ViewOp o -> true;
            case InPlaceOp o -> false;
            case ComputeOp compute ->
                switch (compute) {
                    case WithoutGradient _ -> false;
                    case Unary o ->
                        switch (o.kind()) {
                            case SIGN, FLOOR, ROUND -> false;
                            default -> true;
                        };
                    case Cast _ -> outputs[0].dtype().isDifferentiable();
                    // all others
                    case Binary _, Where _, Contiguous _, Reduce _, CumulativeSum _, MatMul _, Linear _ -> true;
                    case Concat _, Pad _, Gather _, ScatterAdd _, IndexSelect _, IndexAdd _, TopK _, Sort _ -> true;
                    case Embedding _, Conv1d _, ConvTranspose1d _, Conv2d _ -> true;
                    case Softmax _, LogSoftmax _, CrossEntropy _ -> true;
                    case LayerNorm _, RmsNorm _, GroupNorm _, WeightNorm _ -> true;
                    case Rope _, Attention _, Stft _ -> true;
                };
        };
    }

    /** Which tensors the rule reads: bit i for input i, bit (inputs + j) for output j. */
    static long saved(Op op, @Nullable Variable... in) {
        int n = in.length;
        long first = in.length > 0 && in[0] != null ? 1 : 0;
        long second = in.length > 1 && in[1] != null ? 1 : 0;
        long output = 1L << n;
        return switch (op) {
            case ViewOp o -> 0;
            case InPlaceOp o -> 0;
            case ComputeOp compute ->
                switch (compute) {
                    case Unary o ->
                        switch (o.kind()) {
                            case NEG, AFFINE -> 0;
                            default -> o.kind().savesResult() ? output : 1;
                        };
                    case Binary o ->
                        switch (o.kind()) {
                            case ADD, SUB -> 0;
                            case MUL -> second | first << 1;
                            case DIV -> second | 2;
                            case POW, MAX, MIN -> 3;
                        };
                    case Where o -> 1;
                    case Reduce o ->
                        switch (o.kind()) {
                            case SUM, MEAN -> 0;
                            case MAX, MIN, L2_NORM -> 1 | output;
                        };
                    case MatMul o -> second | first << 1;
                    case Linear o -> second | first << 1;
                    case Gather o -> 2;
                    case ScatterAdd o -> 2;
                    case IndexSelect o -> 2;
                    case IndexAdd o -> 2;
                    case TopK o -> output << 1;
                    case Sort o -> output << 1;
                    case Embedding o -> 1;
                    case Conv1d o -> second | first << 1;
                    case ConvTranspose1d o -> second | first << 1;
                    case Conv2d o -> second | first << 1;
                    case Softmax o -> output;
                    case LogSoftmax o -> output;
                    case CrossEntropy o -> (1L << n) - 1 | output << 1;
                    case LayerNorm o -> 3 | output << 1 | output << 2;
                    case RmsNorm o -> 3 | output << 1;
                    case GroupNorm o -> 3 | output << 1 | output << 2;
                    case WeightNorm o -> 3;
                    case Attention o -> 7 | output | output << 1;
                    case Stft o -> 2;
                    case Rope o -> in.length > 1 ? 2 : 0;
                    case Cast _, Contiguous _, CumulativeSum _, Concat _, Pad _ -> 0;
                    case WithoutGradient _ -> 0;
                };
        };
    }

    /** Moves the gradient of a node's result to its inputs. */
    static void step(Node node) {
        Op op = Objects.requireNonNull(node.op);
        Tensor g = node.gradient();
        switch (op) {
            case ViewOp view -> view(view, node, g);
            case InPlaceOp o -> throw notRecorded(o);
            case ComputeOp compute -> compute(compute, node, g);
        }
    }

    private static void view(ViewOp op, Node node, Tensor g) {
        Shape shape = node.inputShapes[0];
        switch (op) {
            case ViewOp.Reshape o -> node.give(0, g.reshape(shape));
            case ViewOp.Permute o ->
                node.give(0, Engine.run(new ViewOp.Permute(o.axes().inverse()), g));
            case ViewOp.Expand o -> node.give(0, sumTo(g, shape));
            case ViewOp.Slice o -> node.giveSlice(0, o, g);
        }
    }

    private static void compute(ComputeOp op, Node node, Tensor g) {
        Shape shape = node.inputShapes.length > 0 ? node.inputShapes[0] : Shape.SCALAR;
        switch (op) {
            case Unary o -> node.give(0, unary(o, node, g));
            case Binary o -> binary(o, node, g);
            case Where o -> {
                Tensor zero = Tensor.full(g.backend(), g.dtype(), 0, Shape.SCALAR);
                if (node.needs(1)) {
                    node.give(1, sumTo(node.in(0).where(g, zero), node.inputShapes[1]));
                }
                if (node.needs(2)) {
                    node.give(2, sumTo(node.in(0).where(zero, g), node.inputShapes[2]));
                }
            }
            case Cast o -> node.give(0, g.cast(node.dtype(0)));
            case Contiguous o -> node.give(0, g);
            case Reduce o -> node.give(0, reduce(o, node, g, shape));
            case CumulativeSum o -> node.give(0, Engine.run(new CumulativeSum(o.axis(), !o.reverse()), g));
            case MatMul o -> {
                if (node.needs(0)) {
                    node.give(0, sumTo(g.matmul(node.in(1).transpose(-1, -2)), shape));
                }
                if (node.needs(1)) {
                    node.give(1, sumTo(node.in(0).transpose(-1, -2).matmul(g), node.inputShapes[1]));
                }
            }
            case Linear o -> {
                long count = shape.product(0, shape.rank() - 1); // -1 would be ambiguous when K is 0
                Tensor rows = g.reshape(count, g.dim(-1));
                if (node.needs(0)) {
                    node.give(0, rows.matmul(node.in(1)).reshape(shape));
                }
                if (node.needs(1)) {
                    node.give(1, rows.transpose(0, 1).matmul(node.in(0).reshape(count, shape.dim(-1))));
                }
                if (node.inputs.length > 2 && node.needs(2)) {
                    node.give(2, rows.sum(0));
                }
            }
            case Concat o -> {
                long at = 0;
                for (int i = 0; i < node.inputs.length; i++) {
                    long length = node.inputShapes[i].dim(o.axis());
                    if (node.needs(i)) {
                        node.give(i, g.slice(o.axis(), at, at + length));
                    }
                    at += length;
                }
            }
            case Pad o ->
                node.give(
                        0,
                        o.mode() == PadMode.CONSTANT
                                ? g.slice(o.axis(), o.before(), o.before() + shape.dim(o.axis()))
                                : Engine.run(new PadGrad(o.mode(), o.axis(), o.before(), o.after()), g));
            case Gather o -> node.give(0, g.scatterAdd(o.axis(), node.in(1), shape.dim(o.axis())));
            case ScatterAdd o -> node.give(0, g.gather(o.axis(), node.in(1)));
            case IndexSelect o -> node.give(0, Engine.run(new IndexAdd(o.axis(), shape.dim(o.axis())), g, node.in(1)));
            case IndexAdd o -> node.give(0, g.indexSelect(o.axis(), node.in(1)));
            case TopK o -> node.give(0, g.scatterAdd(-1, node.out(1), shape.dim(-1)));
            case Sort o -> node.give(0, g.scatterAdd(-1, node.out(1), shape.dim(-1)));
            case Embedding o -> node.give(1, Engine.run(new EmbeddingGrad(node.inputShapes[1].dim(0)), g, node.in(0)));
            case Conv1d o -> {
                if (node.needs(0)) {
                    node.give(0, Engine.run(new Conv1dGradInput(o, shape.dim(2)), g, node.in(1)));
                }
                if (node.needs(1)) {
                    long kernelSize = node.inputShapes[1].dim(2);
                    node.give(1, Engine.run(new Conv1dGradWeight(o, kernelSize), g, node.in(0)));
                }
                bias(node, g, 0, 2);
            }
            case ConvTranspose1d o -> {
                // the adjoint of a convolution: its input gradient is that convolution
                Conv1d conv = new Conv1d(o.stride(), o.trimLeft(), o.trimRight(), o.dilation(), o.groups());
                if (node.needs(0)) {
                    node.give(0, Engine.run(conv, g, node.in(1)));
                }
                if (node.needs(1)) {
                    long kernelSize = node.inputShapes[1].dim(2);
                    node.give(1, Engine.run(new Conv1dGradWeight(conv, kernelSize), node.in(0), g));
                }
                bias(node, g, 0, 2);
            }
            case Conv2d o -> {
                if (node.needs(0)) {
                    node.give(0, Engine.run(new Conv2dGradInput(o, shape.dim(2), shape.dim(3)), g, node.in(1)));
                }
                if (node.needs(1)) {
                    Shape weight = node.inputShapes[1];
                    node.give(1, Engine.run(new Conv2dGradWeight(o, weight.dim(2), weight.dim(3)), g, node.in(0)));
                }
                bias(node, g, 0, 2, 3);
            }
            case Softmax o -> node.give(0, Engine.run(new SoftmaxGrad(o.axis()), g, node.out(0)));
            case LogSoftmax o -> node.give(0, Engine.run(new LogSoftmaxGrad(o.axis()), g, node.out(0)));
            case CrossEntropy o -> {
                constant(node, 2, "weights");
                Tensor[] in = node.inputs.length > 2
                        ? new Tensor[] {g, node.in(0), node.in(1), node.out(1), node.in(2)}
                        : new Tensor[] {g, node.in(0), node.in(1), node.out(1)};
                node.give(0, Engine.run(new CrossEntropyGrad(), in));
            }
            case LayerNorm o ->
                giveAll(node, Engine.runAll(new LayerNormGrad(), g, node.in(0), node.in(1), node.out(1), node.out(2)));
            case RmsNorm o -> giveAll(node, Engine.runAll(new RmsNormGrad(), g, node.in(0), node.in(1), node.out(1)));
            case GroupNorm o ->
                giveAll(
                        node,
                        Engine.runAll(
                                new GroupNormGrad(o.groups()), g, node.in(0), node.in(1), node.out(1), node.out(2)));
            case WeightNorm o -> giveAll(node, Engine.runAll(new WeightNormGrad(), g, node.in(0), node.in(1)));
            case Rope o -> {
                Rope back = new Rope(o.maxPeriod(), o.offset(), !o.inverse());
                node.give(0, node.inputs.length > 1 ? Engine.run(back, g, node.in(1)) : Engine.run(back, g));
            }
            case Attention o ->
                giveAll(
                        node,
                        Engine.runAll(
                                new AttentionGrad(o.causal(), o.context(), o.scale()),
                                g,
                                node.in(0),
                                node.in(1),
                                node.in(2),
                                node.out(0),
                                node.out(1)));
            case Stft o -> {
                constant(node, 1, "the window");
                node.give(0, Engine.run(new StftGrad(o.nFft(), o.hop(), shape.dim(1)), g, node.in(1)));
            }
            case WithoutGradient o -> throw notRecorded(o);
        }
    }

    private static Tensor unary(Unary op, Node node, Tensor g) {
        return switch (op.kind()) {
            case NEG -> g.neg();
            case AFFINE -> g.mul(op.a());
            default ->
                Engine.run(
                        new UnaryGrad(op.kind(), op.a(), op.b()),
                        g,
                        op.kind().savesResult() ? node.out(0) : node.in(0));
        };
    }

    private static void binary(Binary op, Node node, Tensor g) {
        Shape first = node.inputShapes[0];
        Shape second = node.inputShapes[1];
        if (node.needs(0)) {
            Tensor d = switch (op.kind()) {
                case ADD, SUB -> g;
                case MUL -> g.mul(node.in(1));
                case DIV -> g.div(node.in(1));
                case POW -> g.mul(node.in(1)).mul(node.in(0).pow(node.in(1).sub(1)));
                case MAX -> g.mul(preferred(node.in(0), node.in(1), g));
                case MIN -> g.mul(preferred(node.in(1), node.in(0), g));
            };
            node.give(0, sumTo(d, first));
        }
        if (node.needs(1)) {
            Tensor d = switch (op.kind()) {
                case ADD -> g;
                case SUB -> g.neg();
                case MUL -> g.mul(node.in(0));
                case DIV -> g.mul(node.in(0)).div(node.in(1).square()).neg();
                case POW -> g.mul(node.in(0).pow(node.in(1))).mul(node.in(0).log());
                case MAX -> g.mul(preferred(node.in(1), node.in(0), g));
                case MIN -> g.mul(preferred(node.in(0), node.in(1), g));
            };
            node.give(1, sumTo(d, second));
        }
    }

    /** 1 where a is larger, 1/2 where both are equal: equal arguments share the gradient. */
    private static Tensor preferred(Tensor a, Tensor b, Tensor like) {
        return a.gt(b).cast(like.dtype()).add(a.ge(b).cast(like.dtype())).mul(0.5);
    }

    private static Tensor reduce(Reduce op, Node node, Tensor g, Shape shape) {
        Shape kept = shape;
        for (int i = 0; i < op.axes().count(); i++) {
            kept = kept.with(op.axes().get(i), 1);
        }
        Tensor spread = g.reshape(kept).expand(shape);
        return switch (op.kind()) {
            case SUM -> spread;
            case MEAN ->
                g.reshape(kept).mul((double) kept.size() / shape.size()).expand(shape);
            case MAX, MIN -> {
                // elements that attain the extremum share its gradient
                Tensor mask = node.in(0).eq(node.out(0).reshape(kept)).cast(g.dtype());
                yield mask.mul(g.reshape(kept).div(sumTo(mask, kept)));
            }
            case L2_NORM -> {
                Tensor norm = node.out(0).reshape(kept);
                Tensor zero = Tensor.full(g.backend(), g.dtype(), 0, Shape.SCALAR);
                Tensor scale = norm.gt(zero).where(g.reshape(kept).div(norm), zero); // subgradient 0 at the origin
                yield node.in(0).mul(scale);
            }
        };
    }

    /** Sums the axes along which a shape was broadcast. */
    static Tensor sumTo(Tensor g, Shape shape) {
        if (g.shape().equals(shape)) {
            return g;
        }
        int extra = g.rank() - shape.rank();
        int[] axes = new int[g.rank()];
        int count = 0;
        for (int i = 0; i < g.rank(); i++) {
            if (i < extra || (shape.dim(i - extra) == 1 && g.dim(i) != 1)) {
                axes[count++] = i;
            }
        }
        Axes summed = Axes.of(java.util.Arrays.copyOf(axes, count));
        return Engine.run(new Reduce(ReduceKind.SUM, summed, true), g).reshape(shape);
    }

    private static void bias(Node node, Tensor g, int... axes) {
        if (node.inputs.length > 2 && node.needs(2)) {
            node.give(2, g.sum(axes));
        }
    }

    private static void giveAll(Node node, Tensor... gradients) {
        for (int i = 0; i < gradients.length; i++) {
            node.give(i, gradients[i]);
        }
    }

    private static void constant(Node node, int input, String what) {
        if (node.inputs.length > input && node.needs(input)) {
            throw new UnsupportedOperationException(
                    node.label() + ": no gradient flows to " + what + "; pass it through Tape.stopGradient");
        }
    }

    private static IllegalStateException notRecorded(Op op) {
        return new IllegalStateException(op.label() + " has no gradient and is never recorded");
    }
}
