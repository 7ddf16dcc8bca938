package org.openmoshi.models.discriminator;

import java.util.ArrayList;
import java.util.List;
import org.openmoshi.models.nn.ModulePath;
import org.openmoshi.models.nn.StateDict;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Generator;
import org.openmoshi.tensor.Tensor;

/**
 * Multi-scale STFT discriminator (Défossez et al. 2022, section 3.4): an {@link StftDiscriminator} per window size.
 * Parameter names are those of EnCodec's state dict.
 *
 * <p>What a tape watches decides what is recorded. In the generator's step the tape watches the generator alone: judging
 * its output records just what the gradient at the waveform needs, and judging real audio records nothing. In the
 * discriminator's step the tape watches {@code stateDict().parameters()}, and the generator's output goes in through
 * {@link org.openmoshi.autograd.Tape#stopGradient}.
 */
public final class MsStftDiscriminator implements AutoCloseable {
    private final MsStftConfig config;
    private final StateDict dict;
    private final List<StftDiscriminator> discriminators = new ArrayList<>();

    private MsStftDiscriminator(MsStftConfig config, StateDict dict) {
        this.config = config;
        this.dict = dict;
        ModulePath list = dict.root().sub("discriminators");
        for (int i = 0; i < config.scales(); i++) {
            discriminators.add(new StftDiscriminator(
                    list.sub(i),
                    config.filters(),
                    config.nFfts().get(i),
                    config.hopLengths().get(i),
                    config.winLengths().get(i)));
        }
    }

    /** An untrained discriminator. */
    public static MsStftDiscriminator random(MsStftConfig config, Generator generator) {
        return random(config, DType.F32, generator);
    }

    /** An untrained discriminator of another type: F64 for gradient checks. */
    public static MsStftDiscriminator random(MsStftConfig config, DType dtype, Generator generator) {
        return new MsStftDiscriminator(config, StateDict.random(dtype, generator));
    }

    /** A discriminator of zeros, for those who load its {@link #stateDict}. */
    public static MsStftDiscriminator zeros(MsStftConfig config) {
        return new MsStftDiscriminator(config, StateDict.zeros(DType.F32));
    }

    /** The configuration. */
    public MsStftConfig config() {
        return config;
    }

    /** All parameters and buffers. */
    public StateDict stateDict() {
        return dict;
    }

    /**
     * What it says of a batch; the tensors belong to the current scope.
     *
     * @param logits per scale [B, 1, frames, bands], high where the waveform sounds real
     * @param features per scale and layer, [B, filters, frames, frequencies]
     */
    public record Verdict(List<Tensor> logits, List<List<Tensor>> features) {}

    /**
     * Judges waveforms x [B, 1, T].
     *
     * @throws IllegalArgumentException when T is shorter than the largest window
     */
    public Verdict forward(Tensor x) {
        if (x.rank() != 3 || x.dim(1) != 1 || x.dim(2) < config.minimumLength()) {
            throw new IllegalArgumentException("waveforms of shape [B, 1, T] with T at least " + config.minimumLength()
                    + " are needed, not " + x.shape());
        }
        List<Tensor> logits = new ArrayList<>();
        List<List<Tensor>> features = new ArrayList<>();
        for (StftDiscriminator discriminator : discriminators) {
            StftDiscriminator.Verdict verdict = discriminator.forward(x);
            logits.add(verdict.logits());
            features.add(verdict.features());
        }
        return new Verdict(logits, features);
    }

    /** Frees all parameters and buffers. */
    @Override
    public void close() {
        dict.close();
    }
}
