package org.openmoshi.tensor;

/**
 * Operations that overwrite their first input (some also others, as each says) and have no result. They have no
 * gradient; the tape refuses them on a tensor that a pending gradient needs.
 */
public sealed interface InPlaceOp extends Op {
    /** How many leading ones of that many inputs are written. */
    default int written(int inputs) {
        return 1;
    }

    /** Sets every element of (dst). */
    record Fill(double value) implements InPlaceOp {}

    /** Copies (dst, src): dst = src, broadcast and converted to dst's type. */
    record CopyInto() implements InPlaceOp {}

    /** (dst): dst *= factor. */
    record ScaleInto(double factor) implements InPlaceOp {}

    /** (dst, src) of equal shapes: dst += factor * src. */
    record AddInto(double factor) implements InPlaceOp {}

    /** (dst, src) of equal shapes: dst += weight * (src - dst), the step of an exponential moving average. */
    record LerpInto(double weight) implements InPlaceOp {}

    /**
     * One step of AdamW or Adam on n parameters at once: (n parameters, n m, n v, n gradients, optional scale F64 []).
     * All but the gradients and the scale are written. With {@code decoupled} the decay is Loshchilov and Hutter's
     * (arXiv 1711.05101), otherwise it is added to the gradient (L2). {@code step} counts from 1. The scale multiplies
     * the gradients first; it is a tensor so that clipping by a norm needs no trip to the host.
     */
    record AdamStep(
            double learningRate,
            double beta1,
            double beta2,
            double epsilon,
            double weightDecay,
            boolean decoupled,
            long step)
            implements InPlaceOp {
        @Override
        public int written(int inputs) {
            return 3 * (inputs / 4);
        }
    }

    /**
     * One step of SGD on (parameter, velocity, gradient, optional scale F64 [] of the gradient): v = momentum * v +
     * scale * g + decay * p; p -= lr * v.
     */
    record SgdStep(double learningRate, double momentum, double weightDecay) implements InPlaceOp {
        @Override
        public int written(int inputs) {
            return 2;
        }
    }

    /**
     * Writes the next steps of streams into rings: (ring [B, H, S, D], x [B, H, T, D], position int64 [B]), T at most S:
     * ring[b, h, (position[b] + t) mod S] = x[b, h, t].
     */
    record RingWrite() implements InPlaceOp {}

    /**
     * EMA update of a codebook (van den Oord et al. 2017, appendix A.1) on (embeddingSum [K, D], clusterUsage [K],
     * x [N, D], codes [N] int64): both first are written, each as decay * old + (1 - decay) * (sum or count of its
     * vectors in x).
     */
    record CodebookEma(double decay) implements InPlaceOp {
        @Override
        public int written(int inputs) {
            return 2;
        }
    }
}
