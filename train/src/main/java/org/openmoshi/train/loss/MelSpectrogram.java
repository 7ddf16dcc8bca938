package org.openmoshi.train.loss;

import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.MelFilterBank;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/** Mel spectrogram of magnitudes (power 1) on the HTK scale, differentiable. */
public final class MelSpectrogram implements AutoCloseable {
    private final StftMagnitude magnitude;
    private final Tensor filters;

    /**
     * Prepares windows and filters.
     *
     * @param sampleRate in Hz
     * @param nFft transform and window size in samples
     * @param hop step between frames in samples
     * @param numMels number of bands
     * @param fMin lowest frequency in Hz
     * @param fMax highest frequency in Hz
     * @param pad samples reflected at each end before framing
     */
    public MelSpectrogram(int sampleRate, int nFft, int hop, int numMels, double fMin, double fMax, int pad) {
        this.magnitude = new StftMagnitude(nFft, hop, nFft, pad, 0);
        try (Scope _ = Scope.detached()) {
            this.filters = MelFilterBank.create(DType.F32, sampleRate, nFft, numMels, fMin, fMax);
        }
    }

    /** Signals x [B, T] to [B, frames, mels]. */
    public Tensor forward(Tensor x) {
        return magnitude.forward(x).matmul(filters.cast(x.dtype()));
    }

    @Override
    public void close() {
        magnitude.close();
        filters.close();
    }
}
