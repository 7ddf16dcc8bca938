package org.openmoshi.tensor.cpu.scalar;

import java.util.Arrays;
import org.openmoshi.tensor.ComputeOp.Stft;
import org.openmoshi.tensor.ComputeOp.StftGrad;

/** Short-time Fourier transform and its adjoint. */
public final class Spectra {
    private Spectra() {}

    // (x [B, T], window [W]) -> [B, 2, frames, nFft/2 + 1]
    /** Transforms of windowed frames. */
    public static void stft(Stft op, Operands t) {
        Cells x = t.in(0);
        Cells out = t.out(0);
        double[] window = window(t.in(1), op.nFft());
        Fourier fourier = new Fourier(op.nFft());
        double[] re = new double[op.nFft()];
        double[] im = new double[op.nFft()];
        long length = x.dim(1);
        long frames = out.dim(2);
        int bins = op.nFft() / 2 + 1;
        for (long b = 0; b < x.dim(0); b++) {
            for (long frame = 0; frame < frames; frame++) {
                x.read(b * length + frame * op.hop(), re);
                for (int n = 0; n < re.length; n++) {
                    re[n] *= window[n];
                }
                Arrays.fill(im, 0);
                fourier.transform(re, im);
                long at = (2 * b * frames + frame) * bins;
                out.write(at, Arrays.copyOf(re, bins));
                out.write(at + frames * bins, Arrays.copyOf(im, bins));
            }
        }
    }

    // (g [B, 2, frames, nFft/2 + 1], window [W]) -> dx [B, T]
    /**
     * Sample n of a frame receives window[n] sum_k (gr[k] cos(2 pi k n / N) - gi[k] sin(2 pi k n / N)): the real part of
     * the transform of the conjugate of g, the missing bins being zero.
     */
    public static void gradient(StftGrad op, Operands t) {
        Cells g = t.in(0);
        Cells dx = t.out(0);
        double[] window = window(t.in(1), op.nFft());
        Fourier fourier = new Fourier(op.nFft());
        double[] re = new double[op.nFft()];
        double[] im = new double[op.nFft()];
        double[] sums = new double[Math.toIntExact(op.length())];
        long frames = g.dim(2);
        int bins = op.nFft() / 2 + 1;
        for (long b = 0; b < g.dim(0); b++) {
            Arrays.fill(sums, 0);
            for (int frame = 0; frame < frames; frame++) {
                long at = (2 * b * frames + frame) * bins;
                Arrays.fill(re, 0);
                Arrays.fill(im, 0);
                for (int k = 0; k < bins; k++) {
                    re[k] = g.get(at + k);
                    im[k] = -g.get(at + frames * bins + k);
                }
                fourier.transform(re, im);
                for (int n = 0; n < re.length; n++) {
                    sums[frame * op.hop() + n] += window[n] * re[n];
                }
            }
            dx.write(b * op.length(), sums);
        }
    }

    /** The window in the middle of a frame of zeros. */
    private static double[] window(Cells window, int nFft) {
        double[] values = window.read(0, new double[Math.toIntExact(window.size())]);
        double[] frame = new double[nFft];
        System.arraycopy(values, 0, frame, (nFft - values.length) / 2, values.length);
        return frame;
    }
}
