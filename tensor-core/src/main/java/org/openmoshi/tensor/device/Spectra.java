package org.openmoshi.tensor.device;

import org.openmoshi.tensor.ComputeOp.Stft;
import org.openmoshi.tensor.ComputeOp.StftGrad;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Tensor;

/** The short-time Fourier transform and its adjoint ({@code spectra.h}). */
final class Spectra {
    private static final int LARGEST_FAST = 2 * KernelSource.constant("spectra.h", "POINTS");
    private static final int TILE = KernelSource.constant("spectra.h", "TILE");

    private Spectra() {}

    static void stft(Stft op, Work work) {
        Tensor out = work.out(0);
        long rows = out.dim(0) * out.dim(2);
        Block x = work.dense(0);
        Block window = work.dense(1);
        Block table = turns(work, out.dtype(), op.nFft());
        boolean fast = isFast(op.nFft());
        Launch launch = work.kernel("spectra", out.dtype(), fast ? "stft_fast" : "stft_direct")
                .tensor(out)
                .dense(x)
                .dense(window)
                .dense(table)
                .integer(work.in(0).dim(1))
                .integer(work.in(1).size())
                .integer(op.nFft())
                .integer(op.hop())
                .integer(out.dim(2))
                .integer(rows);
        launch(launch, fast, op.nFft(), rows, out.dim(3));
    }

    /** Windowed frames first; their sum where they overlap is gathered, sample by sample. */
    static void stftGrad(StftGrad op, Work work) {
        Tensor g = work.in(0);
        Tensor dx = work.out(0);
        long rows = g.dim(0) * g.dim(2);
        Block gradient = work.dense(0);
        Block window = work.dense(1);
        Block table = turns(work, dx.dtype(), op.nFft());
        Block frames = work.scratch(dx.dtype(), rows * op.nFft());
        boolean fast = isFast(op.nFft());
        Launch launch = work.kernel("spectra", dx.dtype(), fast ? "stft_grad_fast" : "stft_grad_direct")
                .dense(frames)
                .dense(gradient)
                .dense(window)
                .dense(table)
                .integer(work.in(1).size())
                .integer(op.nFft())
                .integer(g.dim(2))
                .integer(rows);
        launch(launch, fast, op.nFft(), rows, op.nFft());
        work.kernel("spectra", dx.dtype(), "overlap_add")
                .tensor(dx)
                .dense(frames)
                .integer(op.length())
                .integer(op.nFft())
                .integer(op.hop())
                .integer(g.dim(2))
                .integer(dx.size())
                .elements(dx.size());
    }

    private static boolean isFast(int nFft) {
        return Integer.bitCount(nFft) == 1 && nFft <= LARGEST_FAST;
    }

    /** Cosines and sines of all multiples of a bin's angle. */
    private static Block turns(Work work, DType dtype, int nFft) {
        Block table = work.scratch(dtype, 2L * nFft);
        work.kernel("spectra", dtype, "turns").dense(table).integer(nFft).elements(nFft);
        return table;
    }

    /** A group per frame, with an item per two butterflies up to {@link Launch#ITEMS}; or one per frame and tile. */
    private static void launch(Launch launch, boolean fast, int nFft, long rows, long results) {
        if (fast) {
            launch.groups(rows, Math.clamp(nFft / 8, 1, Launch.ITEMS));
        } else {
            launch.groups(rows, (results + TILE - 1) / TILE, 1, TILE);
        }
    }
}
