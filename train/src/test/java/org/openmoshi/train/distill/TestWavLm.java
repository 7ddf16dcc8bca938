package org.openmoshi.train.distill;

import java.util.List;
import org.openmoshi.models.wavlm.WavLm;
import org.openmoshi.models.wavlm.WavLmConfig;
import org.openmoshi.models.wavlm.WavLmConfig.ConvLayer;
import org.openmoshi.tensor.Generator;

/** A very small WavLM with the frames of the published ones. */
public final class TestWavLm {
    public static final int WIDTH = 16;

    private TestWavLm() {}

    /** Random weights of a seed. */
    public static WavLm random(long seed) {
        ConvLayer three = new ConvLayer(8, 3, 2);
        ConvLayer two = new ConvLayer(8, 2, 2);
        return WavLm.random(
                new WavLmConfig(
                        "layer_norm",
                        List.of(new ConvLayer(8, 10, 5), three, three, three, three, two, two),
                        false,
                        2,
                        WIDTH,
                        32,
                        2,
                        true,
                        16,
                        2,
                        32,
                        80,
                        true),
                new Generator(seed));
    }
}
