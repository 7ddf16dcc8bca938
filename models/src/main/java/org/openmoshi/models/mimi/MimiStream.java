package org.openmoshi.models.mimi;

import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.openmoshi.models.nn.PackedWeights;
import org.openmoshi.models.nn.StreamState;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * A session that encodes and decodes as the signal comes: whole frames in, as many out at once, nothing held back. Its
 * items are independent: each may begin anew ({@link #reset}) or rest ({@link #setActive}) while the others go on. The
 * two directions do not know of each other; a session may be used for one alone. Not for use by two threads at once.
 *
 * <p>With weights of the codec's own type, the results on the CPU have the bits of {@link Mimi#encode(Tensor)} and
 * {@link Mimi#decode(Tensor)} of the whole signal, however it is cut, if that has more than four frames: shorter ones take
 * products for few columns there, which add in another order.
 */
public final class MimiStream implements AutoCloseable {
    /** Frames that pass through the layers at a time; more come in parts. */
    private static final int MAX_FRAMES = 8;

    private final Mimi mimi;
    private final SharedWeights shared;
    private final PackedWeights weights;
    private final StreamState encoder;
    private final StreamState decoder;
    private boolean open = true;

    MimiStream(Mimi mimi, SharedWeights shared, PackedWeights weights, int batch) {
        this.mimi = mimi;
        this.shared = shared;
        this.weights = weights;
        encoder = state(batch);
        decoder = state(batch);
    }

    private StreamState state(int batch) {
        Tensor any = mimi.stateDict().parameters().iterator().next().value();
        int steps = MAX_FRAMES * mimi.config().downsampling();
        return new StreamState(weights, any.backend(), any.dtype(), batch, steps);
    }

    /** Number of items. */
    public int batch() {
        return encoder.batch();
    }

    /** Samples [B, channels, n * frameSize] to codes int64 [B, codebooks, n], of all codebooks. */
    public Tensor encode(Tensor pcm) {
        return encode(pcm, mimi.quantizer().levels());
    }

    /**
     * Samples [B, channels, n * frameSize] to codes int64 [B, codebooks, n], of the first few codebooks.
     *
     * @throws IllegalArgumentException when these are no whole frames of as many items as the stream has
     */
    public Tensor encode(Tensor pcm, int codebooks) {
        int frameSize = mimi.config().frameSize();
        mimi.checkCodebooks(codebooks);
        if (pcm.rank() != 3
                || pcm.dim(0) != batch()
                || pcm.dim(1) != mimi.config().channels()
                || pcm.dim(2) == 0
                || pcm.dim(2) % frameSize != 0) {
            throw new IllegalArgumentException("samples of shape [" + batch() + ", "
                    + mimi.config().channels() + ", n * " + frameSize + "] are needed, not " + pcm.shape());
        }
        return inParts(pcm, frameSize, part -> {
            Tensor latent = mimi.encodeToLatent(part.transpose(1, 2).contiguous(), encoder);
            return mimi.quantizer().encode(latent, codebooks, encoder);
        });
    }

    /**
     * Codes int64 [B, codebooks, n], of all codebooks or the first few, to samples [B, channels, n * frameSize].
     *
     * @throws IllegalArgumentException when these are no frames of as many items as the stream has
     */
    public Tensor decode(Tensor codes) {
        if (codes.rank() != 3 || codes.dim(0) != batch() || codes.dim(2) == 0) {
            throw new IllegalArgumentException(
                    "codes of shape [" + batch() + ", codebooks, n] are needed, not " + codes.shape());
        }
        mimi.checkCodebooks(codes.intDim(1));
        return inParts(codes, 1, part -> {
            Tensor latent = mimi.quantizer().decode(part, decoder);
            return mimi.decodeLatent(latent, decoder).transpose(1, 2).contiguous();
        });
    }

    /** Runs MAX_FRAMES frames after the other and joins the results in time. */
    private static Tensor inParts(Tensor x, int frame, UnaryOperator<Tensor> step) {
        int frames = x.intDim(2) / frame;
        Tensor[] parts = new Tensor[Math.ceilDiv(frames, MAX_FRAMES)];
        try (Scope scope = Scope.open()) {
            for (int i = 0; i < parts.length; i++) {
                long end = Math.min(frames, (i + 1L) * MAX_FRAMES);
                try (Scope one = Scope.open()) {
                    parts[i] = one.keep(step.apply(x.slice(2, (long) i * MAX_FRAMES * frame, end * frame)));
                }
            }
            return scope.keep(parts.length == 1 ? parts[0] : Tensor.concat(2, parts));
        }
    }

    /** Says which items take part from now on; the others keep their state, and what comes out for them means nothing. */
    public void setActive(boolean... items) {
        encoder.setActive(items);
        decoder.setActive(items);
    }

    /** Puts the items that are true back to the beginning of a signal. */
    public void reset(boolean... items) {
        encoder.reset(items);
        decoder.reset(items);
    }

    /** Puts all items back to the beginning of a signal. */
    public void reset() {
        boolean[] all = new boolean[batch()];
        Arrays.fill(all, true);
        reset(all);
    }

    /** Bytes of this session's own memory once both directions have run; the weights are shared and not in it. */
    public long byteSize() {
        return encoder.byteSize() + decoder.byteSize();
    }

    /** Bytes of the weights that all streams of the codec with this type share. */
    public long weightBytes() {
        return weights.byteSize();
    }

    /** Frees the session's memory. */
    @Override
    public void close() {
        if (open) {
            open = false;
            encoder.close();
            decoder.close();
            shared.release(weights.dtype());
        }
    }
}
