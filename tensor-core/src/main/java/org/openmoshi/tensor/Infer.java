package org.openmoshi.tensor;

import java.util.function.Supplier;
import org.openmoshi.tensor.ComputeOp.*;

/** Checks the inputs of every operation and infers its outputs. Errors name the operation and the shapes. */
final class Infer {
    private Infer() {}

    /**
     * Types and shapes of the outputs.
     *
     * @throws IllegalArgumentException when shapes or types do not fit
     */
    static Spec[] outputs(ComputeOp op, Tensor... in) {
        return switch (op) {
            case Full o -> specs(o.dtype(), o.shape());
            case Arange o -> specs(o.dtype(), Shape.of(o.count()));
            case Random o -> {
                require(isReal(o.dtype()), op, () -> "makes F32 and F64, not " + o.dtype());
                yield specs(o.dtype(), o.shape());
            }
            case Unary o -> specs(unary(o, in[0]), in[0].shape());
            case UnaryGrad o -> same(op, in[0], in[1]);
            case Binary o -> {
                summand(op, in[0], o.kind() == BinaryKind.ADD);
                yield specs(sameType(op, in[0], in[1]), Shape.broadcast(o.label(), in[0].shape(), in[1].shape()));
            }
            case Compare o -> {
                sameType(op, in[0], in[1]);
                yield specs(DType.BOOL, Shape.broadcast(o.label(), in[0].shape(), in[1].shape()));
            }
            case Where o -> {
                require(in[0].dtype() == DType.BOOL, op, () -> "needs a bool condition, not " + in[0].dtype());
                Shape both = Shape.broadcast(o.label(), in[1].shape(), in[2].shape());
                yield specs(sameType(op, in[1], in[2]), Shape.broadcast(o.label(), in[0].shape(), both));
            }
            case Cast o -> specs(o.dtype(), in[0].shape());
            case Contiguous o -> specs(in[0].dtype(), in[0].shape());
            case Reduce o -> reduce(o, in[0]);
            case GlobalNorm o -> {
                for (Tensor t : in) {
                    real(op, t);
                    sameType(op, in[0], t);
                }
                yield specs(DType.F64, Shape.SCALAR);
            }
            case ArgReduce o -> {
                require(in[0].dim(o.axis()) > 0, op, () -> "has no element to choose in shape " + in[0].shape());
                yield specs(DType.I64, in[0].shape().without(o.axis()));
            }
            case CumulativeSum o -> specs(number(op, in[0]), in[0].shape());
            case MatMul o -> matMul(op, in[0], in[1]);
            case Linear o -> linear(op, in);
            case PackedConv1d o -> ConvShapes.packedConv1d(o, in);
            case Concat o -> concat(o, in);
            case Pad o -> pad(o, in[0]);
            case PadGrad o -> GradientShapes.pad(o, in[0]);
            case Gather o -> {
                index(op, in[1]);
                require(
                        in[0].rank() == in[1].rank(),
                        op,
                        () -> "index " + in[1].shape() + " needs the rank of " + in[0].shape());
                for (int a = 0; a < in[0].rank(); a++) {
                    require(
                            a == o.axis() || in[1].dim(a) == in[0].dim(a),
                            op,
                            () -> "index " + in[1].shape() + " differs from " + in[0].shape() + " outside axis "
                                    + o.axis());
                }
                yield specs(in[0].dtype(), in[1].shape());
            }
            case ScatterAdd o -> {
                number(op, in[0]);
                index(op, in[1]);
                require(
                        in[0].shape().equals(in[1].shape()),
                        op,
                        () -> "values " + in[0].shape() + " and index " + in[1].shape() + " differ");
                yield specs(in[0].dtype(), in[0].shape().with(o.axis(), o.size()));
            }
            case IndexSelect o -> {
                index(op, in[1]);
                rank(op, in[1], 1);
                yield specs(in[0].dtype(), in[0].shape().with(o.axis(), in[1].size()));
            }
            case IndexAdd o -> {
                number(op, in[0]);
                index(op, in[1]);
                require(
                        in[1].rank() == 1 && in[1].size() == in[0].dim(o.axis()),
                        op,
                        () -> "index " + in[1].shape() + " does not match axis " + o.axis() + " of " + in[0].shape());
                yield specs(in[0].dtype(), in[0].shape().with(o.axis(), o.size()));
            }
            case OneHot o -> {
                index(op, in[0]);
                yield specs(o.dtype(), in[0].shape().insert(in[0].rank(), o.classes()));
            }
            case TopK o -> {
                require(
                        o.k() >= 0 && o.k() <= in[0].dim(-1),
                        op,
                        () -> "k = " + o.k() + " exceeds the last axis of " + in[0].shape());
                Shape shape = in[0].shape().with(-1, o.k());
                yield new Spec[] {new Spec(in[0].dtype(), shape), new Spec(DType.I64, shape)};
            }
            case Sort o -> new Spec[] {new Spec(in[0].dtype(), in[0].shape()), new Spec(DType.I64, in[0].shape())};
            case Embedding o -> {
                index(op, in[0]);
                rank(op, in[1], 2);
                yield specs(in[1].dtype(), in[0].shape().insert(in[0].rank(), in[1].dim(1)));
            }
            case EmbeddingGrad o -> GradientShapes.embedding(o, in[0], in[1]);
            case Conv1d o -> ConvShapes.conv1d(o, in);
            case Conv1dGradInput o -> GradientShapes.conv1dInput(o, in[0], in[1]);
            case Conv1dGradWeight o -> GradientShapes.conv1dWeight(o, in[0], in[1]);
            case ConvTranspose1d o -> ConvShapes.convTranspose1d(o, in);
            case Conv2d o -> ConvShapes.conv2d(o, in);
            case Conv2dGradInput o -> GradientShapes.conv2dInput(o, in[0], in[1]);
            case Conv2dGradWeight o -> GradientShapes.conv2dWeight(o, in[0], in[1]);
            case Softmax o -> specs(real(op, in[0]), in[0].shape());
            case LogSoftmax o -> specs(real(op, in[0]), in[0].shape());
            case SoftmaxGrad o -> same(op, in[0], in[1]);
            case LogSoftmaxGrad o -> same(op, in[0], in[1]);
            case CrossEntropy o -> crossEntropy(op, in);
            case CrossEntropyGrad o -> GradientShapes.crossEntropy(o, in);
            case LayerNorm o -> {
                parameter(op, in[0], in[1], in[0].dim(-1));
                parameter(op, in[0], in[2], in[0].dim(-1));
                Shape rows = in[0].shape().without(-1);
                DType t = real(op, in[0]);
                yield new Spec[] {new Spec(t, in[0].shape()), new Spec(t, rows), new Spec(t, rows)};
            }
            case LayerNormGrad o -> GradientShapes.layerNorm(o, in);
            case RmsNorm o -> {
                parameter(op, in[0], in[1], in[0].dim(-1));
                DType t = real(op, in[0]);
                yield new Spec[] {
                    new Spec(t, in[0].shape()), new Spec(t, in[0].shape().without(-1))
                };
            }
            case RmsNormGrad o -> GradientShapes.rmsNorm(o, in);
            case GroupNorm o -> groupNorm(o, in);
            case GroupNormGrad o -> GradientShapes.groupNorm(o, in);
            case WeightNorm o -> {
                require(
                        in[1].size() == in[0].dim(0),
                        op,
                        () -> "gain " + in[1].shape() + " does not match the first axis of " + in[0].shape());
                real(op, in[0]);
                yield specs(sameType(op, in[0], in[1]), in[0].shape());
            }
            case WeightNormGrad o -> GradientShapes.weightNorm(o, in);
            case Rope o -> {
                rank(op, in[0], 4);
                require(in[0].dim(3) % 2 == 0, op, () -> "needs an even last axis, got " + in[0].shape());
                if (in.length > 1) {
                    positions(op, in[0], in[1]);
                }
                yield specs(real(op, in[0]), in[0].shape());
            }
            case Attention o -> attention(op, in);
            case RingAttention o -> ringAttention(o, in);
            case AttentionGrad o -> GradientShapes.attention(o, in);
            case NearestCode o -> {
                rank(op, in[0], 2);
                rank(op, in[1], 2);
                real(op, in[0]);
                sameType(op, in[0], in[1]);
                require(
                        in[0].dim(1) == in[1].dim(1) && in[1].dim(0) > 0,
                        op,
                        () -> "vectors " + in[0].shape() + " do not fit codebook " + in[1].shape());
                yield specs(DType.I64, Shape.of(in[0].dim(0)));
            }
            case ResidualCodes o -> {
                rank(op, in[0], 2);
                rank(op, in[1], 3);
                real(op, in[0]);
                require(
                        in[0].dim(1) == in[1].dim(2) && in[1].dim(1) > 0,
                        op,
                        () -> "vectors " + in[0].shape() + " do not fit codebooks " + in[1].shape());
                yield new Spec[] {
                    new Spec(DType.I64, Shape.of(in[1].dim(0), in[0].dim(0))),
                    new Spec(sameType(op, in[0], in[1]), in[0].shape())
                };
            }
            case Stft o -> stft(o, in);
            case StftGrad o -> GradientShapes.stft(o, in[0], in[1]);
        };
    }

    private static DType unary(Unary op, Tensor x) {
        if (x.dtype().isInteger()) {
            boolean exact = switch (op.kind()) {
                case NEG, ABS, SQUARE, RELU, SIGN, FLOOR, ROUND -> true;
                case CLAMP, AFFINE -> op.a() == Math.rint(op.a()) && op.b() == Math.rint(op.b());
                default -> false;
            };
            require(exact, op, () -> "is no integer function for " + x.dtype() + "; cast first");
            return x.dtype();
        }
        return real(op, x);
    }

    private static Spec[] reduce(Reduce op, Tensor x) {
        boolean exact = op.kind() != ReduceKind.MEAN && op.kind() != ReduceKind.L2_NORM;
        DType dtype = exact ? summand(op, x, op.kind() == ReduceKind.SUM) : real(op, x);
        require(
                op.kind() == ReduceKind.SUM || op.kind() == ReduceKind.L2_NORM || x.size() > 0,
                op,
                () -> "of the empty shape " + x.shape() + " is undefined");
        Shape shape = x.shape();
        long[] dims = new long[op.keepDims() ? x.rank() : x.rank() - op.axes().count()];
        for (int a = 0, j = 0; a < x.rank(); a++) {
            if (!op.axes().contains(a)) {
                dims[j++] = shape.dim(a);
            } else if (op.keepDims()) {
                dims[j++] = 1;
            }
        }
        return specs(dtype, Shape.wrap(dims));
    }

    private static Spec[] matMul(Op op, Tensor a, Tensor b) {
        factor(op, a);
        DType dtype = sameType(op, a, b);
        require(
                a.rank() >= 2 && b.rank() >= 2 && a.dim(-1) == b.dim(-2),
                op,
                () -> "shapes " + a.shape() + " and " + b.shape() + " do not multiply");
        Shape batch = Shape.broadcast("MatMul", leading(a.shape()), leading(b.shape()));
        return specs(dtype, batch.insert(batch.rank(), a.dim(-2)).insert(batch.rank() + 1, b.dim(-1)));
    }

    private static Shape leading(Shape shape) {
        return shape.without(-1).without(-1);
    }

    private static Spec[] linear(Op op, Tensor... in) {
        factor(op, in[0]);
        DType dtype = sameType(op, in[0], in[1]);
        rank(op, in[1], 2);
        require(
                in[0].rank() >= 1 && in[0].dim(-1) == in[1].dim(1),
                op,
                () -> "input " + in[0].shape() + " does not fit weight " + in[1].shape());
        if (in.length > 2) {
            parameter(op, in[0], in[2], in[1].dim(0));
        }
        return specs(dtype, in[0].shape().with(-1, in[1].dim(0)));
    }

    private static Spec[] concat(Concat op, Tensor... in) {
        long total = 0;
        for (Tensor t : in) {
            sameType(op, in[0], t);
            require(t.rank() == in[0].rank(), op, () -> "ranks differ: " + in[0].shape() + " and " + t.shape());
            for (int a = 0; a < t.rank(); a++) {
                require(
                        a == op.axis() || t.dim(a) == in[0].dim(a),
                        op,
                        () -> "shapes " + in[0].shape() + " and " + t.shape() + " differ outside axis " + op.axis());
            }
            total += t.dim(op.axis());
        }
        return specs(in[0].dtype(), in[0].shape().with(op.axis(), total));
    }

    private static Spec[] pad(Pad op, Tensor x) {
        long dim = x.dim(op.axis());
        require(op.before() >= 0 && op.after() >= 0, op, () -> "padding is negative");
        require(
                op.mode() != PadMode.REFLECT || Math.max(op.before(), op.after()) < Math.max(dim, 1),
                op,
                () -> "reflects " + Math.max(op.before(), op.after()) + " elements of an axis of " + dim);
        require(op.mode() == PadMode.CONSTANT || dim > 0, op, () -> "of an empty axis of shape " + x.shape());
        return specs(x.dtype(), x.shape().with(op.axis(), dim + op.before() + op.after()));
    }

    private static Spec[] crossEntropy(Op op, Tensor... in) {
        rank(op, in[0], 2);
        index(op, in[1]);
        vector(op, in[1], in[0].dim(0));
        if (in.length > 2) {
            parameter(op, in[0], in[2], in[0].dim(0));
        }
        Spec row = new Spec(real(op, in[0]), Shape.of(in[0].dim(0)));
        return new Spec[] {row, row};
    }

    private static Spec[] groupNorm(GroupNorm op, Tensor... in) {
        require(
                in[0].rank() >= 2 && in[0].dim(1) % op.groups() == 0,
                op,
                () -> op.groups() + " groups do not divide the channels of " + in[0].shape());
        parameter(op, in[0], in[1], in[0].dim(1));
        parameter(op, in[0], in[2], in[0].dim(1));
        Spec stat = new Spec(real(op, in[0]), Shape.of(in[0].dim(0), op.groups()));
        return new Spec[] {new Spec(in[0].dtype(), in[0].shape()), stat, stat};
    }

    static Spec[] attention(Op op, Tensor... in) {
        for (Tensor t : in) {
            rank(op, t, 4);
            factor(op, t);
            sameType(op, in[0], t);
        }
        Shape q = in[0].shape();
        Shape k = in[1].shape();
        require(
                k.equals(in[2].shape())
                        && q.dim(0) == k.dim(0)
                        && q.dim(1) == k.dim(1)
                        && q.dim(3) == k.dim(3)
                        && k.dim(2) >= q.dim(2),
                op,
                () -> "query " + q + ", key " + k + ", value " + in[2].shape() + " do not fit");
        DType dtype = in[0].dtype();
        // what the gradient computes weights from: 8 bits of it would be too few
        DType logSums = dtype == DType.BF16 ? DType.F32 : dtype;
        return new Spec[] {new Spec(dtype, q), new Spec(logSums, q.without(3))};
    }

    private static Spec[] ringAttention(RingAttention op, Tensor... in) {
        for (int i = 0; i < 3; i++) {
            rank(op, in[i], 4);
            sameType(op, in[0], in[i]);
        }
        positions(op, in[0], in[3]);
        Shape q = in[0].shape();
        Shape keys = in[1].shape();
        require(
                keys.equals(in[2].shape()) && keys.equals(q.with(2, keys.dim(2))),
                op,
                () -> "query " + q + ", keys " + keys + ", values " + in[2].shape() + " do not fit");
        require(
                op.context() > 0 && keys.dim(2) >= op.context() + q.dim(2) - 1,
                op,
                () -> q.dim(2) + " queries of context " + op.context() + " need rings of context + queries - 1 steps,"
                        + " not " + keys.dim(2));
        return specs(real(op, in[0]), q);
    }

    private static Spec[] stft(Stft op, Tensor... in) {
        rank(op, in[0], 2);
        rank(op, in[1], 1);
        real(op, in[0]);
        sameType(op, in[0], in[1]);
        require(
                op.nFft() > 0 && op.nFft() % 2 == 0 && op.hop() > 0,
                op,
                () -> "needs an even transform size and a hop");
        require(in[1].size() <= op.nFft(), op, () -> "window " + in[1].shape() + " is longer than " + op.nFft());
        require(
                in[0].dim(1) >= op.nFft(),
                op,
                () -> "signal " + in[0].shape() + " is shorter than one frame of " + op.nFft() + "; pad it");
        return specs(
                in[0].dtype(), Shape.of(in[0].dim(0), 2, (in[0].dim(1) - op.nFft()) / op.hop() + 1, op.nFft() / 2 + 1));
    }

    static Spec[] specs(DType dtype, Shape shape) {
        return new Spec[] {new Spec(dtype, shape)};
    }

    static Spec[] same(Op op, Tensor a, Tensor b) {
        require(a.shape().equals(b.shape()), op, () -> "shapes " + a.shape() + " and " + b.shape() + " differ");
        return specs(sameType(op, a, b), a.shape());
    }

    static DType sameType(Op op, Tensor a, Tensor b) {
        require(
                a.dtype() == b.dtype(),
                op,
                () -> "types differ: " + a.dtype() + a.shape() + " and " + b.dtype() + b.shape());
        return a.dtype();
    }

    private static DType number(Op op, Tensor x) {
        return summand(op, x, false);
    }

    /** A type to compute in; with {@code adds}, also bfloat16. */
    private static DType summand(Op op, Tensor x, boolean adds) {
        require(
                isReal(x.dtype()) || x.dtype().isInteger() || adds && x.dtype() == DType.BF16,
                op,
                () -> "does not compute in " + x.dtype() + "; cast first");
        return x.dtype();
    }

    /** A type of matrix products. */
    private static void factor(Op op, Tensor x) {
        require(
                isReal(x.dtype()) || x.dtype() == DType.BF16,
                op,
                () -> "computes in F32, F64 and BF16, not " + x.dtype());
    }

    static DType real(Op op, Tensor x) {
        require(isReal(x.dtype()), op, () -> "computes in F32 and F64, not " + x.dtype());
        return x.dtype();
    }

    private static boolean isReal(DType dtype) {
        return dtype == DType.F32 || dtype == DType.F64;
    }

    /** The position of every item of x. */
    static void positions(Op op, Tensor x, Tensor positions) {
        index(op, positions);
        vector(op, positions, x.dim(0));
    }

    static void index(Op op, Tensor x) {
        require(x.dtype() == DType.I64, op, () -> "takes int64 indices, not " + x.dtype());
    }

    static void rank(Op op, Tensor x, int rank) {
        require(x.rank() == rank, op, () -> "takes rank " + rank + ", got shape " + x.shape());
    }

    static void vector(Op op, Tensor x, long size) {
        require(x.rank() == 1 && x.dim(0) == size, op, () -> "takes a vector of " + size + ", got shape " + x.shape());
    }

    /** A vector of x's type. */
    static void parameter(Op op, Tensor x, Tensor vector, long size) {
        vector(op, vector, size);
        sameType(op, x, vector);
    }

    /** The message is only made when it is needed: every operation passes here. */
    static void require(boolean condition, Op op, Supplier<String> message) {
        if (!condition) {
            throw new IllegalArgumentException(op.label() + ": " + message.get());
        }
    }
}
