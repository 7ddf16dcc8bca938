package org.openmoshi.tensor;

import org.jspecify.annotations.Nullable;
import org.openmoshi.tensor.ComputeOp.*;

/**
 * Neural-network functions of tensors: what is not elementwise arithmetic and therefore no method of {@link Tensor}.
 * Several operations have second outputs that only their gradients need (normalisation statistics, log-sum-exp); those
 * belong to the current {@link Scope} like every other result, so call these functions inside one.
 */
public final class Functions {
    private Functions() {}

    // ---- softmax and losses ---------------------------------------------------------------------------------------

    /** Softmax along an axis. */
    public static Tensor softmax(Tensor x, int axis) {
        return Engine.run(new Softmax(x.shape().axis(axis)), x);
    }

    /** Logarithm of the softmax along an axis. */
    public static Tensor logSoftmax(Tensor x, int axis) {
        return Engine.run(new LogSoftmax(x.shape().axis(axis)), x);
    }

    /**
     * Cross-entropy per row, times its weight if there are weights; not averaged.
     *
     * @param logits [N, V]
     * @param targets int64 [N]; a negative target gives loss 0
     * @param weights [N] or null for ones
     * @return losses [N]
     */
    public static Tensor crossEntropy(Tensor logits, Tensor targets, @Nullable Tensor weights) {
        return weights == null
                ? Engine.run(new CrossEntropy(), logits, targets)
                : Engine.run(new CrossEntropy(), logits, targets, weights);
    }

    // ---- normalisation --------------------------------------------------------------------------------------------

    /** Layer norm of the last axis (Ba et al. 2016): x [..., D], weight [D], bias [D]. */
    public static Tensor layerNorm(Tensor x, Tensor weight, Tensor bias, double epsilon) {
        return Engine.run(new LayerNorm(epsilon), x, weight, bias);
    }

    /** RMS norm of the last axis (Zhang and Sennrich 2019): x [..., D], weight [D]. */
    public static Tensor rmsNorm(Tensor x, Tensor weight, double epsilon) {
        return Engine.run(new RmsNorm(epsilon), x, weight);
    }

    /** Group norm (Wu and He 2018): x [B, C, ...], weight [C], bias [C]. */
    public static Tensor groupNorm(Tensor x, Tensor weight, Tensor bias, int groups, double epsilon) {
        return Engine.run(new GroupNorm(groups, epsilon), x, weight, bias);
    }

    /** Weight norm g v / |v| (Salimans and Kingma 2016), the norm over all axes but the first: v [C, ...], g [C, 1, ...]. */
    public static Tensor weightNorm(Tensor v, Tensor g) {
        return Engine.run(new WeightNorm(), v, g);
    }

    // ---- convolutions ---------------------------------------------------------------------------------------------

    /**
     * Cross-correlation with zero padding: x [B, Cin, T], weight [Cout, Cin/groups, K], bias [Cout] or null -> [B, Cout,
     * (T + padLeft + padRight - dilation (K - 1) - 1) / stride + 1].
     */
    public static Tensor conv1d(
            Tensor x,
            Tensor weight,
            @Nullable Tensor bias,
            int stride,
            int padLeft,
            int padRight,
            int dilation,
            int groups) {
        return biased(new Conv1d(stride, padLeft, padRight, dilation, groups), x, weight, bias);
    }

    /**
     * The adjoint of {@link #conv1d} plus bias: x [B, Cin, T], weight [Cin, Cout/groups, K], bias [Cout] or null -> [B,
     * Cout, (T - 1) stride + dilation (K - 1) + 1 - trimLeft - trimRight].
     */
    public static Tensor convTranspose1d(
            Tensor x,
            Tensor weight,
            @Nullable Tensor bias,
            int stride,
            int trimLeft,
            int trimRight,
            int dilation,
            int groups) {
        return biased(new ConvTranspose1d(stride, trimLeft, trimRight, dilation, groups), x, weight, bias);
    }

    /**
     * Cross-correlation in two dimensions, symmetrically zero-padded: x [B, Cin, H, W], weight [Cout, Cin/groups, KH, KW],
     * bias [Cout] or null -> [B, Cout, H', W'].
     */
    public static Tensor conv2d(Conv2d conv, Tensor x, Tensor weight, @Nullable Tensor bias) {
        return biased(conv, x, weight, bias);
    }

    private static Tensor biased(ComputeOp op, Tensor x, Tensor weight, @Nullable Tensor bias) {
        return bias == null ? Engine.run(op, x, weight) : Engine.run(op, x, weight, bias);
    }

    // ---- attention ------------------------------------------------------------------------------------------------

    /**
     * Rotary position embedding of interleaved pairs (Su et al. 2021): x [B, H, T, D], the first position at {@code
     * offset}.
     */
    public static Tensor rope(Tensor x, double maxPeriod, long offset) {
        return Engine.run(new Rope(maxPeriod, offset, false), x);
    }

    /**
     * Scaled dot-product attention: q [B, H, T, D], k and v [B, H, S, D] -> [B, H, T, D].
     *
     * @param causal whether query t sees only keys up to t + S - T
     * @param context how many keys a causal query sees at most; 0 for no limit
     */
    public static Tensor attention(Tensor q, Tensor k, Tensor v, boolean causal, int context, double scale) {
        return Engine.run(new Attention(causal, context, scale), q, k, v);
    }

    /** As {@link #rope(Tensor, double, long)}, the first position of item b at {@code position[b]} (int64 [B]). */
    public static Tensor rope(Tensor x, double maxPeriod, Tensor position) {
        return Engine.run(new Rope(maxPeriod, 0, false), x, position);
    }

    /**
     * Causal attention of a stream over its rings: q [B, H, T, D], keys and values [B, H, S, D] -> [B, H, T, D].
     *
     * @param position int64 [B], the step of the first query of each item; its keys and values are in the rings already
     * @param context how many steps a query sees at most, its own included; S is at least context + T - 1
     */
    public static Tensor ringAttention(
            Tensor q, Tensor keys, Tensor values, Tensor position, int context, double scale) {
        return Engine.run(new RingAttention(context, scale), q, keys, values, position);
    }

    // ---- codebooks and spectra ------------------------------------------------------------------------------------

    /** Index of the nearest codebook row in Euclidean distance: x [N, D], codebook [K, D] -> int64 [N]. */
    public static Tensor nearestCode(Tensor x, Tensor codebook) {
        return Engine.run(new NearestCode(), x, codebook);
    }

    /**
     * Residual vector quantization, each level the nearest code of what the levels before left over: x [N, D], codebooks
     * [L, K, D] -> codes int64 [L, N] and what is left over [N, D]. Nothing of it has a gradient.
     */
    public static Tensor[] residualCodes(Tensor x, Tensor codebooks) {
        return Engine.runAll(new ResidualCodes(), x, codebooks);
    }

    /**
     * Short-time Fourier transform without centring: x [B, T], window [W] with W at most nFft -> [B, 2, frames, nFft/2 +
     * 1], real parts then imaginary parts, frames = (T - nFft) / hop + 1.
     */
    public static Tensor stft(Tensor x, Tensor window, int nFft, int hop) {
        return Engine.run(new Stft(nFft, hop), x, window);
    }

    /** Fourier transform of the real last axis: x [..., n], n even -> [..., 2, n/2 + 1], real then imaginary parts. */
    public static Tensor rfft(Tensor x) {
        int n = x.intDim(-1);
        Tensor rows = x.reshape(-1, n);
        Tensor ones = Tensor.full(x.backend(), x.dtype(), 1, Shape.of(n));
        Tensor spectrum = stft(rows, ones, n, n);
        return spectrum.reshape(x.shape().with(-1, 2).insert(x.rank(), n / 2 + 1));
    }

    /**
     * Hann window of the given length: sin^2(pi i / n), where n is the length when periodic (for spectra) and one less
     * when symmetric.
     */
    public static Tensor hannWindow(DType dtype, int length, boolean periodic) {
        double[] values = new double[length];
        double period = periodic || length == 1 ? length : length - 1;
        for (int i = 0; i < length; i++) {
            double s = Math.sin(Math.PI * i / period);
            values[i] = length == 1 ? 1 : s * s;
        }
        return host(values, dtype, length);
    }

    /** A tensor from double values in another type, leaving nothing else behind. */
    static Tensor host(double[] values, DType dtype, long... shape) {
        Tensor exact = Tensor.of(values, shape);
        if (dtype == DType.F64) {
            return exact;
        }
        try (exact) {
            return exact.cast(dtype);
        }
    }
}
