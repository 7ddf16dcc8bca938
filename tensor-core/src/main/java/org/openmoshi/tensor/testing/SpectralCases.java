package org.openmoshi.tensor.testing;

import static org.openmoshi.tensor.testing.OpInput.of;

import java.util.ArrayList;
import java.util.List;
import org.openmoshi.tensor.ComputeOp.Stft;
import org.openmoshi.tensor.ComputeOp.StftGrad;

/** Short-time Fourier transforms: powers of two and other even sizes, short windows, gaps and overlaps. */
final class SpectralCases {
    private SpectralCases() {}

    static List<OpCase> all() {
        List<OpCase> cases = new ArrayList<>();
        stft(cases, 8, 2, 8, of(2, 21));
        stft(cases, 8, 8, 6, of(1, 24));
        stft(cases, 2, 3, 1, of(1, 9));
        stft(cases, 12, 5, 7, of(2, 12));
        stft(cases, 10, 3, 10, of(3, 17).with(Layout.PERMUTED));
        stft(cases, 16, 4, 16, of(2, 20).with(Layout.SLICED));
        stft(cases, 8, 2, 8, of(0, 16));
        List<OpCase> large = new ArrayList<>();
        stft(large, 64, 16, 48, of(3, 323));
        stft(large, 1024, 256, 1024, of(1, 2900));
        stft(large, 480, 120, 400, of(1, 1000));
        stft(large, 2048, 500, 2048, of(2, 4300));
        stft(large, 4096, 1024, 3000, of(1, 5200));
        large.forEach(c -> cases.add(c.constant()));
        return cases;
    }

    private static void stft(List<OpCase> cases, int nFft, int hop, int window, OpInput x) {
        long batch = x.shape().dim(0);
        long length = x.shape().dim(1);
        OpInput w = of(window).with(Values.uniform(0.1, 1)).asConstant();
        cases.add(OpCase.of(new Stft(nFft, hop), x, w));
        cases.add(OpCase.of(new StftGrad(nFft, hop, length), of(batch, 2, (length - nFft) / hop + 1, nFft / 2 + 1), w)
                .constant());
    }
}
