package org.openmoshi.models.discriminator;

import java.util.ArrayList;
import java.util.List;
import org.openmoshi.models.nn.ModulePath;
import org.openmoshi.tensor.ComputeOp.Conv2d;
import org.openmoshi.tensor.Functions;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * One scale of the discriminator (Défossez et al. 2022, section 3.4 and figure 2): the complex spectrogram, real and
 * imaginary parts as two channels, through convolutions over frames and frequencies with leaky ReLUs. The spectrogram is
 * not centred and divided by the norm of its Hann window.
 */
final class StftDiscriminator implements SubDiscriminator {
    private static final double SLOPE = 0.3;
    private static final int FRAMES = 3; // that a kernel spans
    private static final int KERNEL = 9; // frequencies
    private static final int LAST_KERNEL = 3;
    private static final int[] DILATIONS = {1, 2, 4};

    private final int nFft;
    private final int hopLength;
    private final Tensor window;
    private final List<Conv2dLayer> convs = new ArrayList<>();
    private final Conv2dLayer last;

    /** Registers the parameters, and the window as a buffer. Sizes in samples, see {@link MsStftConfig}. */
    StftDiscriminator(ModulePath at, int filters, int nFft, int hopLength, int winLength) {
        this.nFft = nFft;
        this.hopLength = hopLength;
        window = at.sub("spec_transform").buffer("window", 0, winLength);
        try (Scope _ = Scope.open()) {
            window.copyFrom_(Functions.hannWindow(window.dtype(), winLength, true));
        }
        ModulePath list = at.sub("convs");
        convs.add(conv(list.sub(0), 2, filters, KERNEL, 1, 1, false));
        for (int dilation : DILATIONS) {
            convs.add(conv(list.sub(convs.size()), filters, filters, KERNEL, 2, dilation, true));
        }
        convs.add(conv(list.sub(convs.size()), filters, filters, LAST_KERNEL, 1, 1, true));
        last = conv(at.sub("conv_post"), filters, 1, LAST_KERNEL, 1, 1, true);
    }

    /** A convolution that keeps the number of frames; {@code stride} is over frequencies, {@code dilation} over frames. */
    private static Conv2dLayer conv(
            ModulePath at, int inChannels, int outChannels, int kernel, int stride, int dilation, boolean weightNorm) {
        Conv2d conv = new Conv2d(1, stride, dilation * (FRAMES / 2), kernel / 2, dilation, 1, 1);
        return new Conv2dLayer(at.sub("conv"), inChannels, outChannels, FRAMES, kernel, conv, weightNorm);
    }

    /** x: [B, 1, T] -> logits [B, 1, frames, bands]. */
    @Override
    public Verdict forward(Tensor x) {
        try (Scope scope = Scope.open()) {
            Tensor scaled = window.div(window.norm()); // scales the spectrogram without a pass over it
            Tensor hidden = Functions.stft(x.squeeze(1), scaled, nFft, hopLength); // [B, 2, frames, nFft / 2 + 1]
            List<Tensor> features = new ArrayList<>();
            for (Conv2dLayer conv : convs) {
                hidden = conv.forward(hidden).leakyRelu(SLOPE);
                features.add(scope.keep(hidden));
            }
            return new Verdict(scope.keep(last.forward(hidden)), features);
        }
    }
}
