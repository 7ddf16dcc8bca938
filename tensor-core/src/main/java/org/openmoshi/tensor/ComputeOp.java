package org.openmoshi.tensor;

/**
 * Operations that make new tensors. Each record states its inputs and outputs; {@link Infer} checks shapes and gives
 * those of the outputs. Records whose names end in {@code Grad} are the fused gradients of others.
 */
public sealed interface ComputeOp extends Op {
    /** Operations through which no gradient flows: made from nothing, piecewise constant, or gradients themselves. */
    sealed interface WithoutGradient extends ComputeOp {}

    // ---- creation -------------------------------------------------------------------------------------------------

    /** () -> shape: every element the same. */
    record Full(DType dtype, Shape shape, double value) implements WithoutGradient {}

    /** () -> [count]: start, start + step, ... */
    record Arange(DType dtype, long count, double start, double step) implements WithoutGradient {}

    /** Distributions of {@link Random}. */
    enum Distribution {
        /** Uniform on [a, b). */
        UNIFORM,
        /** Normal with mean a and standard deviation b. */
        NORMAL,
        /** Normal with mean a and standard deviation b, redrawn until within two standard deviations. */
        TRUNCATED_NORMAL
    }

    /**
     * () -> shape: Philox4x32-10 numbers (Salmon et al. 2011); element i depends on (seed, offset + i) only, so every
     * backend and thread count makes the same.
     */
    record Random(Distribution distribution, DType dtype, Shape shape, long seed, long offset, double a, double b)
            implements WithoutGradient {}

    // ---- elementwise ----------------------------------------------------------------------------------------------

    /** Functions of {@link Unary}; a and b are its two attributes where a function has any. */
    enum UnaryKind {
        /** -x. */
        NEG,
        /** |x|. */
        ABS,
        /** e^x. */
        EXP,
        /** ln x. */
        LOG,
        /** Square root. */
        SQRT,
        /** 1 / sqrt(x). */
        RSQRT,
        /** 1 / x. */
        RECIPROCAL,
        /** x * x. */
        SQUARE,
        /** x^a. */
        POW,
        /** sin x. */
        SIN,
        /** cos x. */
        COS,
        /** tanh x. */
        TANH,
        /** 1 / (1 + e^-x). */
        SIGMOID,
        /** x for x > 0, otherwise a (e^x - 1). */
        ELU,
        /** x Phi(x) with the exact normal distribution function (erf). */
        GELU,
        /** x sigmoid(x). */
        SILU,
        /** max(x, 0). */
        RELU,
        /** x for x > 0, otherwise a x. */
        LEAKY_RELU,
        /** min(max(x, a), b); its gradient is 1 inside and on the bounds. */
        CLAMP,
        /** a x + b. */
        AFFINE,
        /** -1, 0 or 1. */
        SIGN,
        /** Largest integer not above x. */
        FLOOR,
        /** Nearest integer, ties to even. */
        ROUND;

        /**
         * True when the derivative is computed from the result: that one is often saved anyway, as the input of the
         * next operation. ELU and leaky ReLU need a positive {@code a} for it.
         */
        public boolean savesResult() {
            return switch (this) {
                case EXP, SQRT, RSQRT, RECIPROCAL, TANH, SIGMOID, ELU, RELU, LEAKY_RELU -> true;
                default -> false;
            };
        }
    }

    /** (x) -> y of x's shape. */
    record Unary(UnaryKind kind, double a, double b) implements ComputeOp {
        @Override
        public String label() {
            return kind.name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /**
     * (g, s) -> dx of the same shape: g times the derivative, where s is the result y = f(x) for the kinds that
     * {@linkplain UnaryKind#savesResult() save it}, and x for the others.
     */
    record UnaryGrad(UnaryKind kind, double a, double b) implements WithoutGradient {}

    /** Functions of {@link Binary}. */
    enum BinaryKind {
        /** a + b. */
        ADD,
        /** a - b. */
        SUB,
        /** a * b. */
        MUL,
        /** a / b. */
        DIV,
        /** a^b. */
        POW,
        /** The larger; a NaN wins. */
        MAX,
        /** The smaller; a NaN wins. */
        MIN
    }

    /** (a, b) of one dtype -> their broadcast shape. */
    record Binary(BinaryKind kind) implements ComputeOp {
        @Override
        public String label() {
            return kind.name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /** Relations of {@link Compare}. */
    enum Relation {
        /** a == b. */
        EQ,
        /** a != b. */
        NE,
        /** a < b. */
        LT,
        /** a <= b. */
        LE,
        /** a > b. */
        GT,
        /** a >= b. */
        GE
    }

    /** (a, b) of one dtype -> bool of their broadcast shape. */
    record Compare(Relation relation) implements WithoutGradient {}

    /** (condition bool, a, b) -> broadcast shape: a where the condition holds, else b. */
    record Where() implements ComputeOp {}

    /** (x) -> the same values in another dtype. */
    record Cast(DType dtype) implements ComputeOp {}

    /** (x) -> a dense row-major copy. */
    record Contiguous() implements ComputeOp {}

    // ---- reductions -----------------------------------------------------------------------------------------------

    /** Functions of {@link Reduce}. */
    enum ReduceKind {
        /** Sum. */
        SUM,
        /** Arithmetic mean. */
        MEAN,
        /** Largest; a NaN wins. */
        MAX,
        /** Smallest; a NaN wins. */
        MIN,
        /** Square root of the sum of squares. */
        L2_NORM
    }

    /** (x) -> x's shape with the axes removed, or of size 1 when kept. */
    record Reduce(ReduceKind kind, Axes axes, boolean keepDims) implements ComputeOp {
        @Override
        public String label() {
            return kind.name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /**
     * (x0, x1, ...) of any shapes -> F64 []: the Euclidean norm of all elements together, added up in float64. It steers
     * optimizers and has no gradient.
     */
    record GlobalNorm() implements WithoutGradient {}

    /** (x) -> int64 without the axis: index of the first largest or smallest element. */
    record ArgReduce(boolean largest, int axis) implements WithoutGradient {}

    /** (x) -> x's shape: running sum along an axis, from its end when reversed. */
    record CumulativeSum(int axis, boolean reverse) implements ComputeOp {}

    // ---- products -------------------------------------------------------------------------------------------------

    /** (a [..., M, K], b [..., K, N]) -> [..., M, N]; leading axes broadcast. */
    record MatMul() implements ComputeOp {}

    /** (x [..., K], weight [N, K], optional bias [N]) -> [..., N]. */
    record Linear() implements ComputeOp {}

    /** Rows of a panel of {@link PackedConv1d}. */
    int PANEL_ROWS = 32;

    /**
     * A convolution for streams, whose weights were rearranged once into panels, so that a step reads them once, from
     * beginning to end: (x [B, T, C], panels [ceil(outChannels / 32), C kernelSize, 32], optional bias [outChannels]) ->
     * [B, (T - dilation (kernelSize - 1) - 1) / stride + 1, outChannels]. Row c kernelSize + k of panel p holds what input
     * channel c under tap k gives to the outputs 32 p to 32 p + 31; rows past the last output are zeros. With {@code
     * newestFirst} tap 0 is the last step of a window, as in a transposed convolution. Panels may be BF16 for an x of F32.
     * With one tap it is a linear layer. Sums run over the channels in order, within one over the taps. It has no
     * gradient.
     */
    record PackedConv1d(long outChannels, int kernelSize, int stride, int dilation, boolean newestFirst)
            implements WithoutGradient {}

    // ---- moving elements ------------------------------------------------------------------------------------------

    /** (x0, x1, ...) -> joined along an axis. */
    record Concat(int axis) implements ComputeOp {}

    /** What {@link Pad} puts outside. */
    enum PadMode {
        /** A constant. */
        CONSTANT,
        /** The signal mirrored without its edge element. */
        REFLECT,
        /** The edge element. */
        REPLICATE
    }

    /** (x) -> the axis grown by before + after. */
    record Pad(PadMode mode, int axis, long before, long after, double value) implements ComputeOp {}

    /** (g) -> dx of the unpadded shape, for REFLECT and REPLICATE. */
    record PadGrad(PadMode mode, int axis, long before, long after) implements WithoutGradient {}

    /** (x, index int64 of x's rank) -> index's shape: picks along an axis. */
    record Gather(int axis) implements ComputeOp {}

    /** (src, index int64 of src's shape) -> axis of the given size: zeros plus src added at the indices, in order. */
    record ScatterAdd(int axis, long size) implements ComputeOp {}

    /** (x, index int64 [n]) -> the axis replaced by the chosen slices. */
    record IndexSelect(int axis) implements ComputeOp {}

    /** (src, index int64 [n]) -> the axis of the given size: zeros plus slices of src added at the indices, in order. */
    record IndexAdd(int axis, long size) implements ComputeOp {}

    /** (index int64) -> [..., classes] of 0 and 1; a negative index gives zeros. */
    record OneHot(long classes, DType dtype) implements WithoutGradient {}

    /** (x) -> values [..., k] and indices int64 [..., k] of the last axis, largest first, ties by lower index. */
    record TopK(long k) implements ComputeOp {}

    /** (x) -> sorted values and indices int64 along the last axis; stable. */
    record Sort(boolean descending) implements ComputeOp {}

    /** (index int64 [...], weight [V, D]) -> [..., D]; a negative index gives zeros. */
    record Embedding() implements ComputeOp {}

    /** (g [..., D], index int64 [...]) -> dweight [V, D], summed in the order of the indices. */
    record EmbeddingGrad(long vocabulary) implements WithoutGradient {}

    // ---- convolutions ---------------------------------------------------------------------------------------------

    /**
     * (x [B, Cin, T], weight [Cout, Cin/groups, K], optional bias [Cout]) -> [B, Cout, (T + padLeft + padRight -
     * dilation (K - 1) - 1) / stride + 1]; cross-correlation with zero padding.
     */
    record Conv1d(int stride, int padLeft, int padRight, int dilation, int groups) implements ComputeOp {}

    /** (g [B, Cout, Tout], weight) -> dx [B, Cin, T]. */
    record Conv1dGradInput(Conv1d conv, long inputLength) implements WithoutGradient {}

    /** (g [B, Cout, Tout], x [B, Cin, T]) -> dweight [Cout, Cin/groups, K]. */
    record Conv1dGradWeight(Conv1d conv, long kernelSize) implements WithoutGradient {}

    /**
     * (x [B, Cin, T], weight [Cin, Cout/groups, K], optional bias [Cout]) -> [B, Cout, (T - 1) stride + dilation (K - 1)
     * + 1 - trimLeft - trimRight]: the adjoint of {@link Conv1d}, plus bias.
     */
    record ConvTranspose1d(int stride, int trimLeft, int trimRight, int dilation, int groups) implements ComputeOp {}

    /**
     * (x [B, Cin, H, W], weight [Cout, Cin/groups, KH, KW], optional bias [Cout]) -> [B, Cout, H', W'] with the usual
     * sizes; padding is symmetric and zero.
     */
    record Conv2d(int strideH, int strideW, int padH, int padW, int dilationH, int dilationW, int groups)
            implements ComputeOp {}

    /** (g, weight) -> dx [B, Cin, H, W]. */
    record Conv2dGradInput(Conv2d conv, long height, long width) implements WithoutGradient {}

    /** (g, x) -> dweight [Cout, Cin/groups, KH, KW]. */
    record Conv2dGradWeight(Conv2d conv, long kernelHeight, long kernelWidth) implements WithoutGradient {}

    // ---- normalisation, softmax, losses ---------------------------------------------------------------------------

    /** (x) -> x's shape: softmax along an axis. */
    record Softmax(int axis) implements ComputeOp {}

    /** (g, y) -> dx. */
    record SoftmaxGrad(int axis) implements WithoutGradient {}

    /** (x) -> x's shape: log-softmax along an axis. */
    record LogSoftmax(int axis) implements ComputeOp {}

    /** (g, y) -> dx. */
    record LogSoftmaxGrad(int axis) implements WithoutGradient {}

    /**
     * (logits [N, V], targets int64 [N], optional weights [N]) -> losses [N], logSumExp [N]: weight times negative log
     * likelihood; a negative target gives loss 0.
     */
    record CrossEntropy() implements ComputeOp {}

    /** (g [N], logits, targets, logSumExp, optional weights) -> dlogits [N, V]. */
    record CrossEntropyGrad() implements WithoutGradient {}

    /** (x [..., D], weight [D], bias [D]) -> y, mean [...], rstd [...] (Ba et al. 2016). */
    record LayerNorm(double epsilon) implements ComputeOp {}

    /** (g, x, weight, mean, rstd) -> dx, dweight, dbias. */
    record LayerNormGrad() implements WithoutGradient {}

    /** (x [..., D], weight [D]) -> y = x weight / sqrt(mean(x^2) + epsilon), rstd [...] (Zhang and Sennrich 2019). */
    record RmsNorm(double epsilon) implements ComputeOp {}

    /** (g, x, weight, rstd) -> dx, dweight. */
    record RmsNormGrad() implements WithoutGradient {}

    /** (x [B, C, ...], weight [C], bias [C]) -> y, mean [B, groups], rstd [B, groups] (Wu and He 2018). */
    record GroupNorm(int groups, double epsilon) implements ComputeOp {}

    /** (g, x, weight, mean, rstd) -> dx, dweight, dbias. */
    record GroupNormGrad(int groups) implements WithoutGradient {}

    /** (v [C, ...], g [C, 1, ...]) -> w = g v / |v|, the norm over all axes but the first (Salimans and Kingma 2016). */
    record WeightNorm() implements ComputeOp {}

    /** (dw, v, g) -> dv, dg. */
    record WeightNormGrad() implements WithoutGradient {}

    // ---- attention ------------------------------------------------------------------------------------------------

    /**
     * (x [B, H, T, D], optional position int64 [B]) -> the pairs (x[2i], x[2i+1]) of the last axis rotated by (offset +
     * position[b] + t) maxPeriod^(-2i/D) (Su et al. 2021), the other way when inverse.
     */
    record Rope(double maxPeriod, long offset, boolean inverse) implements ComputeOp {}

    /**
     * (q [B, H, T, D], k [B, H, S, D], v [B, H, S, D]) -> out [B, H, T, D], logSumExp [B, H, T]. Query t stands at key
     * position p = t + S - T. When causal it sees keys at most p; with a context above 0 only those above p - context.
     * No buffer of T x S is made (Dao et al. 2022).
     */
    record Attention(boolean causal, int context, double scale) implements ComputeOp {}

    /** (g, q, k, v, out, logSumExp) -> dq, dk, dv. */
    record AttentionGrad(boolean causal, int context, double scale) implements WithoutGradient {}

    /**
     * (q [B, H, T, D], keys [B, H, S, D], values [B, H, S, D], position int64 [B]) -> [B, H, T, D]: attention of a stream
     * over what {@link InPlaceOp.RingWrite} left in two rings. Query t of item b stands at step p = position[b] + t and
     * sees the steps above p - context, up to p and from 0 on, where step j lies in slot j mod S; S is at least context +
     * T - 1. It has no gradient.
     */
    record RingAttention(int context, double scale) implements WithoutGradient {}

    // ---- codebooks and spectra ------------------------------------------------------------------------------------

    /** (x [N, D], codebook [K, D]) -> int64 [N]: the nearest row in Euclidean distance, ties to the lower index. */
    record NearestCode() implements WithoutGradient {}

    /**
     * (x [N, D], codebooks [L, K, D]) -> codes int64 [L, N], residual [N, D]: each level takes the {@link NearestCode} of
     * what the levels before left over, and leaves the difference, rounded to x's type, to the next.
     */
    record ResidualCodes() implements WithoutGradient {}

    /**
     * (x [B, T], window [W], W at most nFft) -> [B, 2, frames, nFft/2 + 1], real and imaginary parts of the one-sided
     * transform of windowed frames; frames = (T - nFft) / hop + 1, the window is centred in the frame.
     */
    record Stft(int nFft, int hop) implements ComputeOp {}

    /** (g [B, 2, frames, nFft/2 + 1], window) -> dx [B, T]: the adjoint of {@link Stft}. */
    record StftGrad(int nFft, int hop, long length) implements WithoutGradient {}
}
