package org.openmoshi.models.discriminator;

import java.util.ArrayList;
import java.util.List;
import org.openmoshi.models.config.Checks;
import org.openmoshi.models.nn.ModulePath;

/**
 * Sizes of a multi-frequency discriminator (Yang et al. 2023, "HiFi-Codec", section 3.3, as RSTnet's codec uses it): a
 * {@link FrequencyDiscriminator} for each transform size.
 *
 * @param filters twice the channels of the first convolution, even; 32 gives the published 16 to 512
 * @param nFfts transform sizes in samples, multiples of 4
 */
public record MultiFrequencyConfig(int filters, List<Integer> nFfts) implements DiscriminatorConfig {
    /**
     * Checks the sizes.
     *
     * @throws org.openmoshi.models.config.ConfigException naming the size that is out of range
     */
    public MultiFrequencyConfig {
        nFfts = List.copyOf(nFfts);
        Checks.positive("filters", filters);
        Checks.require(filters % 2 == 0, "filters is " + filters + ", must be even for kind mfd");
        Checks.require(!nFfts.isEmpty(), "nFfts is empty, must have one entry per resolution");
        for (int nFft : nFfts) {
            Checks.require(nFft > 0 && nFft % 4 == 0, "nFfts has " + nFft + ", must be a positive multiple of 4");
        }
    }

    @Override
    public String kind() {
        return "mfd";
    }

    @Override
    public int minimumLength() {
        return nFfts.stream().mapToInt(Integer::intValue).max().orElseThrow();
    }

    @Override
    public List<SubDiscriminator> build(ModulePath at) {
        ModulePath list = at.sub("discriminators");
        List<SubDiscriminator> all = new ArrayList<>();
        for (int nFft : nFfts) {
            all.add(new FrequencyDiscriminator(list.sub(all.size()), filters, nFft));
        }
        return all;
    }
}
