package org.openmoshi.models.discriminator;

import java.util.ArrayList;
import java.util.List;
import org.openmoshi.models.config.Checks;
import org.openmoshi.models.nn.ModulePath;

/**
 * Sizes of a multi-period discriminator (Kong, Kim and Bae 2020, "HiFi-GAN", section 2.3): a {@link PeriodDiscriminator}
 * for each period.
 *
 * @param filters channels of the first convolution, 32 in the paper; the widest have 32 times as many
 * @param periods in samples; primes in the paper, so that they share few samples
 */
public record MultiPeriodConfig(int filters, List<Integer> periods) implements DiscriminatorConfig {
    /**
     * Checks the sizes.
     *
     * @throws org.openmoshi.models.config.ConfigException naming the size that is out of range
     */
    public MultiPeriodConfig {
        periods = List.copyOf(periods);
        Checks.positive("filters", filters);
        Checks.require(!periods.isEmpty(), "periods is empty, must have one entry per discriminator");
        periods.forEach(period -> Checks.positive("periods", period));
    }

    @Override
    public String kind() {
        return "mpd";
    }

    /** Reflection at the end needs more than a period. */
    @Override
    public int minimumLength() {
        return 1 + periods.stream().mapToInt(Integer::intValue).max().orElseThrow();
    }

    @Override
    public List<SubDiscriminator> build(ModulePath at) {
        ModulePath list = at.sub("discriminators");
        List<SubDiscriminator> all = new ArrayList<>();
        for (int period : periods) {
            all.add(new PeriodDiscriminator(list.sub(all.size()), filters, period));
        }
        return all;
    }
}
