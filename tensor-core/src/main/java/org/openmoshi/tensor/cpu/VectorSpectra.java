package org.openmoshi.tensor.cpu;

import org.openmoshi.tensor.ComputeOp.*;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.cpu.vector.StftKernel;

/** Hands float32 signals to the Fourier kernels. Each method says whether there is one for the size. */
final class VectorSpectra {
    private VectorSpectra() {}

    // (x [B, T], window [W]) -> [B, 2, frames, nFft/2 + 1]
    static boolean stft(Stft op, Tensor[] in, Tensor y) {
        if (!StftKernel.supports(op.nFft())) {
            return false;
        }
        try (DenseOperand x = DenseOperand.of(in[0]);
                DenseOperand window = DenseOperand.of(in[1])) {
            StftKernel.forward(
                    op.nFft(),
                    op.hop(),
                    x.segment(),
                    x.offset(),
                    window.segment(),
                    window.offset(),
                    in[1].intDim(0),
                    y.segment(),
                    y.offset(),
                    in[0].intDim(0),
                    in[0].intDim(1),
                    y.intDim(2));
        }
        return true;
    }

    // (g [B, 2, frames, nFft/2 + 1], window [W]) -> dx [B, T]
    static boolean stftGrad(StftGrad op, Tensor[] in, Tensor dx) {
        if (!StftKernel.supports(op.nFft())) {
            return false;
        }
        try (DenseOperand g = DenseOperand.of(in[0]);
                DenseOperand window = DenseOperand.of(in[1])) {
            StftKernel.backward(
                    op.nFft(),
                    op.hop(),
                    g.segment(),
                    g.offset(),
                    window.segment(),
                    window.offset(),
                    in[1].intDim(0),
                    dx.segment(),
                    dx.offset(),
                    dx.intDim(0),
                    dx.intDim(1),
                    in[0].intDim(2));
        }
        return true;
    }
}
