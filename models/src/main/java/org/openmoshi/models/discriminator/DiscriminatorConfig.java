package org.openmoshi.models.discriminator;

import java.util.List;
import org.openmoshi.models.nn.ModulePath;

/** The sizes of one kind of discriminator. */
public sealed interface DiscriminatorConfig
        permits MsStftConfig, MultiPeriodConfig, MultiScaleConfig, MultiFrequencyConfig {
    /** Short name, also the path of its parameters where several kinds judge together. */
    String kind();

    /** The shortest waveform, in samples, that it can judge. */
    int minimumLength();

    /** Its networks, whose parameters register at a path. */
    List<SubDiscriminator> build(ModulePath at);
}
