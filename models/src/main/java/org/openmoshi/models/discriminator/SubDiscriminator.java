package org.openmoshi.models.discriminator;

import java.util.List;
import org.openmoshi.tensor.Tensor;

/** One of the networks that a {@link Discriminator} consists of: a window size, a period, a rate. */
public interface SubDiscriminator {
    /**
     * What it says of a batch; the tensors belong to the current scope.
     *
     * @param logits one channel [B, 1, ...], high where the waveform sounds real
     * @param features the result of each activation
     */
    record Verdict(Tensor logits, List<Tensor> features) {}

    /** Judges waveforms x [B, 1, T]. */
    Verdict forward(Tensor x);
}
