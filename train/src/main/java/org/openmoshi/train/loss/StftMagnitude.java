package org.openmoshi.train.loss;

import org.openmoshi.tensor.ComputeOp.PadMode;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Functions;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/** Magnitudes of the short-time Fourier transform with a periodic Hann window. */
final class StftMagnitude implements AutoCloseable {
    private final int nFft;
    private final int hop;
    private final int pad;
    private final double floor;
    private final Tensor window;

    /**
     * Prepares a transform.
     *
     * @param nFft transform size in samples
     * @param hop step between frames in samples
     * @param winLength window length in samples, at most nFft
     * @param pad samples reflected at each end before framing
     * @param floor smallest magnitude; below it no gradient flows
     */
    StftMagnitude(int nFft, int hop, int winLength, int pad, double floor) {
        this.nFft = nFft;
        this.hop = hop;
        this.pad = pad;
        this.floor = floor;
        try (Scope _ = Scope.detached()) {
            this.window = Functions.hannWindow(DType.F32, winLength, true);
        }
    }

    /** Signals x [B, T] to magnitudes [B, frames, nFft / 2 + 1]. */
    Tensor forward(Tensor x) {
        Tensor spectrum = Functions.stft(x.pad(PadMode.REFLECT, 1, pad, pad, 0), window.cast(x.dtype()), nFft, hop);
        Tensor magnitude = spectrum.norm(1);
        return floor == 0 ? magnitude : magnitude.clamp(floor, Double.POSITIVE_INFINITY);
    }

    @Override
    public void close() {
        window.close();
    }
}
