package org.openmoshi.models.discriminator;

import java.util.ArrayList;
import java.util.List;
import org.openmoshi.models.nn.ModulePath;
import org.openmoshi.tensor.ComputeOp.Conv2d;
import org.openmoshi.tensor.Functions;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * One resolution of a multi-frequency discriminator (HiFi-Codec, section 3.3): magnitude and log magnitude of the
 * spectrogram as two channels, through convolutions of kernel 3 x 3 that double the channels and, every second one,
 * halve both axes. The log magnitude is in units of 100 dB, 0 at -80 dB and 1 at 20 dB, and clipped to that range: quiet
 * sound counts as loud sound does, and loudness alone cannot raise the logits without end.
 */
final class FrequencyDiscriminator implements SubDiscriminator {
    private static final double SLOPE = 0.2;
    private static final int KERNEL = 3;
    private static final int[] STRIDES = {1, 2, 1, 2, 1, 2};
    private static final double MIN_POWER = 1e-7;
    private static final double LOG_SCALE = 20 / Math.log(10) / 100; // natural logarithm to units of 100 dB
    private static final double LOG_SHIFT = 0.8;

    private final int nFft;
    private final Tensor window;
    private final List<Conv2dLayer> convs = new ArrayList<>();
    private final Conv2dLayer last;

    FrequencyDiscriminator(ModulePath at, int filters, int nFft) {
        this.nFft = nFft;
        window = at.buffer("window", 0, nFft);
        try (Scope _ = Scope.open()) {
            window.copyFrom_(Functions.hannWindow(window.dtype(), nFft, true));
        }
        ModulePath list = at.sub("discriminator");
        int channels = 2;
        int wider = filters / 2;
        for (int stride : STRIDES) {
            convs.add(conv(list.sub(convs.size()), channels, wider, stride));
            channels = wider;
            wider *= 2;
        }
        last = conv(list.sub(convs.size()), channels, 1, 1);
    }

    private static Conv2dLayer conv(ModulePath at, int inChannels, int outChannels, int stride) {
        Conv2d conv = new Conv2d(stride, stride, KERNEL / 2, KERNEL / 2, 1, 1, 1);
        return new Conv2dLayer(at, inChannels, outChannels, KERNEL, KERNEL, conv, true);
    }

    /** x: [B, 1, T] -> logits [B, 1, frames / 8, frequencies / 8]. */
    @Override
    public Verdict forward(Tensor x) {
        try (Scope scope = Scope.open()) {
            Tensor hidden = levels(x);
            List<Tensor> features = new ArrayList<>();
            for (Conv2dLayer conv : convs) {
                hidden = conv.forward(hidden).leakyRelu(SLOPE);
                features.add(scope.keep(hidden));
            }
            return new Verdict(scope.keep(last.forward(hidden)), features);
        }
    }

    /** x: [B, 1, T] -> [B, 2, frames, nFft / 2 + 1], magnitude and log magnitude. */
    private Tensor levels(Tensor x) {
        Tensor scaled = window.div(window.norm());
        Tensor spectrum = Functions.stft(x.squeeze(1), scaled, nFft, nFft / 4); // [B, 2, frames, nFft / 2 + 1]
        Tensor power = spectrum.square().sum(1).clamp(MIN_POWER, Double.POSITIVE_INFINITY);
        Tensor level = power.log().affine(LOG_SCALE / 2, LOG_SHIFT).clamp(0, 1);
        return Tensor.stack(1, power.sqrt(), level);
    }
}
