package org.openmoshi.models.discriminator;

import java.util.ArrayList;
import java.util.List;
import org.openmoshi.models.config.Checks;
import org.openmoshi.models.nn.ModulePath;

/**
 * Sizes of a multi-scale discriminator (Kumar et al. 2019, "MelGAN", section 2.2, with the convolutions of HiFi-GAN,
 * section 2.3): a {@link RateDiscriminator} at the full rate, at half of it, and so on.
 *
 * @param filters a quarter of the first convolution's channels, 32 in the paper; a multiple of 4, which groups need
 * @param scales number of rates
 */
public record MultiScaleConfig(int filters, int scales) implements DiscriminatorConfig {
    /**
     * Checks the sizes.
     *
     * @throws org.openmoshi.models.config.ConfigException naming the size that is out of range
     */
    public MultiScaleConfig {
        Checks.positive("filters", filters);
        Checks.require(filters % 4 == 0, "filters is " + filters + ", must be a multiple of 4 for kind msd");
        Checks.require(scales >= 1 && scales <= 8, "scales is " + scales + ", must be from 1 to 8");
    }

    @Override
    public String kind() {
        return "msd";
    }

    @Override
    public int minimumLength() {
        return 1;
    }

    @Override
    public List<SubDiscriminator> build(ModulePath at) {
        ModulePath list = at.sub("discriminators");
        List<SubDiscriminator> all = new ArrayList<>();
        for (int i = 0; i < scales; i++) {
            all.add(new RateDiscriminator(list.sub(i), filters, i));
        }
        return all;
    }
}
