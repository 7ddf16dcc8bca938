package org.openmoshi.models.discriminator;

import java.util.ArrayList;
import java.util.List;
import org.openmoshi.models.config.Checks;
import org.openmoshi.models.nn.ModulePath;

/**
 * Sizes of a multi-scale STFT discriminator (Défossez et al. 2022, section 3.4): a {@link StftDiscriminator} per window
 * size, with the parameter names of EnCodec's state dict. The three lists have one entry per scale.
 *
 * @param filters channels of every hidden convolution
 * @param nFfts transform sizes in samples, even
 * @param hopLengths steps between frames in samples
 * @param winLengths window lengths in samples, at most the transform size
 */
public record MsStftConfig(int filters, List<Integer> nFfts, List<Integer> hopLengths, List<Integer> winLengths)
        implements DiscriminatorConfig {
    /**
     * Checks the sizes.
     *
     * @throws org.openmoshi.models.config.ConfigException naming the size that is out of range
     */
    public MsStftConfig {
        nFfts = List.copyOf(nFfts);
        hopLengths = List.copyOf(hopLengths);
        winLengths = List.copyOf(winLengths);
        Checks.positive("filters", filters);
        Checks.require(!nFfts.isEmpty(), "nFfts is empty, must have one entry per scale");
        Checks.require(
                nFfts.size() == hopLengths.size() && nFfts.size() == winLengths.size(),
                "nFfts, hopLengths and winLengths have " + nFfts.size() + ", " + hopLengths.size() + " and "
                        + winLengths.size() + " entries, must be equally long");
        for (int i = 0; i < nFfts.size(); i++) {
            Checks.positive("nFfts", nFfts.get(i));
            Checks.positive("hopLengths", hopLengths.get(i));
            Checks.positive("winLengths", winLengths.get(i));
            Checks.require(nFfts.get(i) % 2 == 0, "nFfts has " + nFfts.get(i) + ", must be even");
            Checks.require(
                    winLengths.get(i) <= nFfts.get(i),
                    "winLengths has " + winLengths.get(i) + ", must be at most the transform size " + nFfts.get(i));
        }
    }

    /** Windows as long as the transform, and frames that overlap by three quarters. */
    public static MsStftConfig of(int filters, List<Integer> nFfts) {
        List<Integer> hops = new ArrayList<>();
        nFfts.forEach(nFft -> hops.add(nFft / 4));
        return new MsStftConfig(filters, nFfts, hops, nFfts);
    }

    @Override
    public String kind() {
        return "msstft";
    }

    /** One frame of every scale. */
    @Override
    public int minimumLength() {
        return nFfts.stream().mapToInt(Integer::intValue).max().orElseThrow();
    }

    @Override
    public List<SubDiscriminator> build(ModulePath at) {
        ModulePath list = at.sub("discriminators");
        List<SubDiscriminator> all = new ArrayList<>();
        for (int i = 0; i < nFfts.size(); i++) {
            all.add(new StftDiscriminator(list.sub(i), filters, nFfts.get(i), hopLengths.get(i), winLengths.get(i)));
        }
        return all;
    }
}
