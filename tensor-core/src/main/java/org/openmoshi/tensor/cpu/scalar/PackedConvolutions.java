package org.openmoshi.tensor.cpu.scalar;

import org.openmoshi.tensor.ComputeOp;
import org.openmoshi.tensor.ComputeOp.PackedConv1d;

/** Convolutions with weights in panels. */
public final class PackedConvolutions {
    private PackedConvolutions() {}

    // (x [B, T, C], panels [P, C K, 32], optional bias [M]) -> [B, Tout, M]
    /** y[t, m] = bias[m] + the products of the window of t with the weights of m. */
    public static void forward(PackedConv1d op, Operands t) {
        Cells x = t.in(0);
        Cells panels = t.in(1);
        Cells y = t.out(0);
        long channels = x.dim(2);
        int taps = op.kernelSize();
        long rows = channels * taps;
        long out = op.outChannels();
        for (long i = 0; i < y.size(); i++) {
            long m = i % out;
            long window = i / out / y.dim(1) * x.dim(1) + i / out % y.dim(1) * op.stride();
            double sum = t.count() > 2 ? t.in(2).get(m) : 0;
            for (long row = 0; row < rows; row++) {
                long tap = op.newestFirst() ? taps - 1 - row % taps : row % taps;
                long weight = (m / ComputeOp.PANEL_ROWS * rows + row) * ComputeOp.PANEL_ROWS + m % ComputeOp.PANEL_ROWS;
                sum += panels.get(weight) * x.get((window + tap * op.dilation()) * channels + row / taps);
            }
            y.set(i, sum);
        }
    }
}
