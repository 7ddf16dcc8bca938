package org.openmoshi.train.loss;

import java.util.ArrayList;
import java.util.List;
import org.openmoshi.tensor.Tensor;

/**
 * Multi-resolution STFT loss (Yamamoto et al. 2020, equations 3 to 6): spectral convergence and the L1 distance of log
 * magnitudes, each averaged over resolutions. Frames are centred (reflection of nFft / 2 at the ends).
 */
public final class MultiResolutionStftLoss implements AutoCloseable {
    private static final double FLOOR = Math.sqrt(1e-7);

    private final List<StftMagnitude> resolutions = new ArrayList<>();

    /** Both terms, scalars. */
    public record Terms(Tensor spectralConvergence, Tensor logMagnitude) {}

    /** One resolution per entry of the three equally long lists, in samples. */
    public MultiResolutionStftLoss(int[] nFfts, int[] winLengths, int[] hops) {
        for (int i = 0; i < nFfts.length; i++) {
            resolutions.add(new StftMagnitude(nFfts[i], hops[i], winLengths[i], nFfts[i] / 2, FLOOR));
        }
    }

    /** Losses of estimate against reference, both [B, T]. */
    public Terms forward(Tensor estimate, Tensor reference) {
        List<Tensor> convergence = new ArrayList<>();
        List<Tensor> magnitude = new ArrayList<>();
        for (StftMagnitude resolution : resolutions) {
            Tensor target = resolution.forward(reference);
            Tensor actual = resolution.forward(estimate);
            convergence.add(target.sub(actual).norm().div(target.norm()));
            magnitude.add(actual.log().sub(target.log()).abs().mean());
        }
        return new Terms(mean(convergence), mean(magnitude));
    }

    private static Tensor mean(List<Tensor> scalars) {
        return Tensor.stack(0, scalars.toArray(new Tensor[0])).mean();
    }

    @Override
    public void close() {
        resolutions.forEach(StftMagnitude::close);
    }
}
