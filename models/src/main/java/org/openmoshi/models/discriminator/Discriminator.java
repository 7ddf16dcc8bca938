package org.openmoshi.models.discriminator;

import java.util.ArrayList;
import java.util.List;
import org.openmoshi.models.nn.ModulePath;
import org.openmoshi.models.nn.StateDict;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Generator;
import org.openmoshi.tensor.Tensor;

/**
 * What tells decoded waveforms from real ones: networks of one kind, or of several that judge together. Parameters of a
 * single kind have the names of its published state dict ({@code discriminators.0...}); of several, they stand below
 * {@link DiscriminatorConfig#kind}.
 *
 * <p>What a tape watches decides what is recorded. In the generator's step the tape watches the generator alone: judging
 * its output records just what the gradient at the waveform needs, and judging real audio records nothing. In the
 * discriminator's step the tape watches {@code stateDict().parameters()}, and the generator's output goes in through
 * {@link org.openmoshi.autograd.Tape#stopGradient}.
 */
public final class Discriminator implements AutoCloseable {
    private final int minimumLength;
    private final StateDict dict;
    private final List<SubDiscriminator> networks = new ArrayList<>();

    private Discriminator(List<? extends DiscriminatorConfig> kinds, StateDict dict) {
        this.dict = dict;
        int longest = 0;
        for (DiscriminatorConfig kind : kinds) {
            ModulePath at = kinds.size() == 1 ? dict.root() : dict.root().sub(kind.kind());
            networks.addAll(kind.build(at));
            longest = Math.max(longest, kind.minimumLength());
        }
        if (networks.isEmpty()) {
            throw new IllegalArgumentException("a discriminator of at least one kind is needed");
        }
        minimumLength = longest;
    }

    /** An untrained discriminator of one kind or of several different ones. */
    public static Discriminator random(List<? extends DiscriminatorConfig> kinds, Generator generator) {
        return random(kinds, DType.F32, generator);
    }

    /** An untrained discriminator of another type: F64 for gradient checks. */
    public static Discriminator random(List<? extends DiscriminatorConfig> kinds, DType dtype, Generator generator) {
        return new Discriminator(kinds, StateDict.random(dtype, generator));
    }

    /** A discriminator of zeros, for those who load its {@link #stateDict}. */
    public static Discriminator zeros(List<? extends DiscriminatorConfig> kinds) {
        return new Discriminator(kinds, StateDict.zeros(DType.F32));
    }

    /** All parameters and buffers. */
    public StateDict stateDict() {
        return dict;
    }

    /**
     * What it says of a batch; the tensors belong to the current scope.
     *
     * @param logits per network, one channel [B, 1, ...], high where the waveform sounds real
     * @param features per network and layer, [B, channels, ...]
     */
    public record Verdict(List<Tensor> logits, List<List<Tensor>> features) {}

    /**
     * Judges waveforms x [B, 1, T].
     *
     * @throws IllegalArgumentException when T is shorter than the largest window or period
     */
    public Verdict forward(Tensor x) {
        if (x.rank() != 3 || x.dim(1) != 1 || x.dim(2) < minimumLength) {
            throw new IllegalArgumentException(
                    "waveforms of shape [B, 1, T] with T at least " + minimumLength + " are needed, not " + x.shape());
        }
        List<Tensor> logits = new ArrayList<>();
        List<List<Tensor>> features = new ArrayList<>();
        for (SubDiscriminator network : networks) {
            SubDiscriminator.Verdict verdict = network.forward(x);
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
