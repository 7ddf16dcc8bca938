package org.openmoshi.models.discriminator;

import java.util.ArrayList;
import java.util.List;
import org.openmoshi.models.nn.ModulePath;
import org.openmoshi.tensor.ComputeOp.Conv2d;
import org.openmoshi.tensor.ComputeOp.PadMode;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * Looks at every p-th sample (HiFi-GAN, section 2.3): the waveform in rows of p samples, through convolutions along the
 * columns alone, kernel 5 and stride 3. The last row is filled by reflection.
 */
final class PeriodDiscriminator implements SubDiscriminator {
    private static final double SLOPE = 0.1;
    private static final int KERNEL = 5;
    private static final int LAST_KERNEL = 3;
    private static final int[] WIDTHS = {1, 4, 16, 32, 32}; // in units of filters
    private static final int[] STRIDES = {3, 3, 3, 3, 1};

    private final int period;
    private final List<Conv2dLayer> convs = new ArrayList<>();
    private final Conv2dLayer last;

    PeriodDiscriminator(ModulePath at, int filters, int period) {
        this.period = period;
        ModulePath list = at.sub("convs");
        int channels = 1;
        for (int i = 0; i < WIDTHS.length; i++) {
            Conv2d conv = new Conv2d(STRIDES[i], 1, KERNEL / 2, 0, 1, 1, 1);
            convs.add(new Conv2dLayer(list.sub(i), channels, WIDTHS[i] * filters, KERNEL, 1, conv, true));
            channels = WIDTHS[i] * filters;
        }
        Conv2d conv = new Conv2d(1, 1, LAST_KERNEL / 2, 0, 1, 1, 1);
        last = new Conv2dLayer(at.sub("conv_post"), channels, 1, LAST_KERNEL, 1, conv, true);
    }

    /** x: [B, 1, T] -> logits [B, 1, rows, period]. */
    @Override
    public Verdict forward(Tensor x) {
        try (Scope scope = Scope.open()) {
            int missing = Math.floorMod(-x.intDim(2), period);
            Tensor hidden = x.pad(PadMode.REFLECT, 2, 0, missing, 0).reshape(x.dim(0), 1, -1, period);
            List<Tensor> features = new ArrayList<>();
            for (Conv2dLayer conv : convs) {
                hidden = conv.forward(hidden).leakyRelu(SLOPE);
                features.add(scope.keep(hidden));
            }
            return new Verdict(scope.keep(last.forward(hidden)), features);
        }
    }
}
