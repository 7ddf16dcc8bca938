package org.openmoshi.models.mimi;

import java.util.ArrayList;
import java.util.List;
import org.openmoshi.models.nn.ModulePath;
import org.openmoshi.models.nn.StreamState;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * Group-residual vector quantization (Yang et al. 2023, "HiFi-Codec", section 3.2): the channels of the latent are cut
 * into groups, and each has its own row of residual codebooks and its own projections. A codebook then has less to say,
 * and as many codebooks refine less deeply. One group is a plain {@link ResidualVectorQuantizer}, with its names;
 * several stand at {@code groups.0}, {@code groups.1} and so on.
 *
 * <p>Codes are ordered by level, then by group: with two groups code 0 is the first level of group 0, code 1 the first
 * level of group 1, code 2 the second level of group 0. So the first codes of a frame, as many as one likes, are the
 * coarse ones of all groups; a group of which there is no code contributes nothing.
 */
final class GroupResidualVectorQuantizer {
    private final List<ResidualVectorQuantizer> groups = new ArrayList<>();
    private final int levels;

    /** Registers the parameters of {@code codebooks} codebooks in all, a multiple of the number of groups. */
    GroupResidualVectorQuantizer(ModulePath at, QuantizerConfig config, int codebooks) {
        int count = config.groups();
        levels = codebooks / count;
        QuantizerConfig each = new QuantizerConfig(
                config.dimension() / count,
                1 + levels,
                config.bins(),
                config.inputDimension() / count,
                config.outputDimension() / count);
        for (int i = 0; i < count; i++) {
            groups.add(new ResidualVectorQuantizer(
                    count == 1 ? at : at.sub("groups").sub(i), each, levels));
        }
    }

    /** Number of residual levels of each group. */
    int levels() {
        return levels;
    }

    /** Number of codebooks of all groups. */
    int codebooks() {
        return levels * groups.size();
    }

    /** Number of groups. */
    int groups() {
        return groups.size();
    }

    /** The row of a group. */
    ResidualVectorQuantizer group(int index) {
        return groups.get(index);
    }

    /** Levels of a group that the first {@code codebooks} codes of a frame contain. */
    private int levels(int group, int codebooks) {
        return (codebooks - group + groups.size() - 1) / groups.size();
    }

    /** latent [B, C, T] -> codes int64 [B, codebooks, T], the first ones in the order of the class's comment. */
    Tensor encode(Tensor latent, int codebooks) {
        if (groups.size() == 1) {
            return groups.getFirst().encode(latent, codebooks);
        }
        try (Scope scope = Scope.open()) {
            Tensor[] codes = new Tensor[codebooks];
            for (int g = 0; g < Math.min(groups.size(), codebooks); g++) {
                int count = levels(g, codebooks);
                Tensor own = groups.get(g).encode(channels(latent, 1, g), count);
                for (int i = 0; i < count; i++) {
                    codes[i * groups.size() + g] = own.select(1, i);
                }
            }
            return scope.keep(Tensor.stack(1, codes));
        }
    }

    /** codes int64 [B, codebooks, T] -> [B, C, T]. */
    Tensor decode(Tensor codes) {
        if (groups.size() == 1) {
            return groups.getFirst().decode(codes);
        }
        try (Scope scope = Scope.open()) {
            Tensor[] parts = new Tensor[groups.size()];
            int codebooks = codes.intDim(1);
            for (int g = 0; g < parts.length; g++) {
                parts[g] = g < codebooks
                        ? groups.get(g).decode(codes.slice(1, g, codebooks, groups.size()))
                        : parts[0].zerosLike();
            }
            return scope.keep(Tensor.concat(1, parts));
        }
    }

    /** The same of a stream, channels last: latent [B, T, C] -> codes int64 [B, codebooks, T]. */
    Tensor encode(Tensor latent, int codebooks, StreamState state) {
        if (groups.size() == 1) {
            return groups.getFirst().encode(latent, codebooks, state);
        }
        try (Scope scope = Scope.open()) {
            Tensor[] codes = new Tensor[codebooks];
            for (int g = 0; g < Math.min(groups.size(), codebooks); g++) {
                int count = levels(g, codebooks);
                Tensor own = groups.get(g).encode(channels(latent, 2, g).contiguous(), count, state);
                for (int i = 0; i < count; i++) {
                    codes[i * groups.size() + g] = own.select(1, i);
                }
            }
            return scope.keep(Tensor.stack(1, codes));
        }
    }

    /** The same of a stream, channels last: codes int64 [B, codebooks, T] -> [B, T, C]. */
    Tensor decode(Tensor codes, StreamState state) {
        if (groups.size() == 1) {
            return groups.getFirst().decode(codes, state);
        }
        try (Scope scope = Scope.open()) {
            Tensor[] parts = new Tensor[groups.size()];
            int codebooks = codes.intDim(1);
            for (int g = 0; g < parts.length; g++) {
                parts[g] = g < codebooks
                        ? groups.get(g).decode(codes.slice(1, g, codebooks, groups.size()), state)
                        : parts[0].zerosLike();
            }
            return scope.keep(Tensor.concat(2, parts));
        }
    }

    /** Trains the first levels of all groups on latent [B, C, T]; commitments add up over all codebooks used. */
    ResidualVectorQuantizer.Trained train(Tensor latent, int levelsUsed, TrainingStep step) {
        if (groups.size() == 1) {
            return groups.getFirst().train(latent, levelsUsed, step);
        }
        try (Scope scope = Scope.open()) {
            Tensor[] quantized = new Tensor[groups.size()];
            Tensor[] commitments = new Tensor[groups.size()];
            Tensor[] codes = new Tensor[groups.size() * levelsUsed];
            CodebookMetrics[] metrics = new CodebookMetrics[codes.length];
            for (int g = 0; g < groups.size(); g++) {
                ResidualVectorQuantizer.Trained own = groups.get(g).train(channels(latent, 1, g), levelsUsed, step);
                quantized[g] = own.quantized();
                commitments[g] = own.commitment();
                for (int i = 0; i < levelsUsed; i++) {
                    codes[i * groups.size() + g] = own.codes().select(1, i);
                    metrics[i * groups.size() + g] = own.metrics().get(i);
                }
            }
            return new ResidualVectorQuantizer.Trained(
                    scope.keep(Tensor.concat(1, quantized)),
                    scope.keep(Tensor.stack(1, codes)),
                    scope.keep(Tensor.stack(0, commitments).sum()),
                    List.of(metrics));
        }
    }

    /** The channels of a group, which are on an axis of the latent. */
    private Tensor channels(Tensor latent, int axis, int group) {
        long width = latent.dim(axis) / groups.size();
        return latent.slice(axis, group * width, (group + 1) * width);
    }
}
