package org.openmoshi.tensor.device;

import org.openmoshi.tensor.ComputeOp.Stft;
import org.openmoshi.tensor.ComputeOp.StftGrad;

/** The short-time Fourier transform and its adjoint. */
final class Spectra {
    private Spectra() {}

    static void stft(Stft op, Work work) {
        throw new UnsupportedOperationException("stft");
    }

    static void stftGrad(StftGrad op, Work work) {
        throw new UnsupportedOperationException("stftGrad");
    }
}
