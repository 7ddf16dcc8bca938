package org.openmoshi.models.mimi;

import java.util.ArrayList;
import java.util.List;
import org.openmoshi.models.nn.ModulePath;
import org.openmoshi.models.nn.StreamState;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * One semantic codebook beside a row of acoustic ones (Moshi paper, section 3.3.2): both quantize the same latent and
 * their results are summed, so that the semantic code need not carry what sounds alike.
 */
final class SplitResidualVectorQuantizer {
    private final ResidualVectorQuantizer semantic;
    private final GroupResidualVectorQuantizer acoustic;

    SplitResidualVectorQuantizer(ModulePath at, QuantizerConfig config) {
        semantic = new ResidualVectorQuantizer(at.sub("rvq_first"), config, 1);
        acoustic = new GroupResidualVectorQuantizer(at.sub("rvq_rest"), config, config.nQ() - 1);
    }

    /** Number of codebooks. */
    int levels() {
        return 1 + acoustic.codebooks();
    }

    /** The row that a level belongs to, where the acoustic codebooks are one row. */
    ResidualVectorQuantizer row(int level) {
        if (acoustic.groups() > 1) {
            throw new IllegalStateException("the acoustic codebooks are " + acoustic.groups() + " rows");
        }
        return level == 0 ? semantic : acoustic.group(0);
    }

    /** latent [B, C, T] -> codes int64 [B, levels, T], the semantic one first. */
    Tensor encode(Tensor latent, int levels) {
        try (Scope scope = Scope.open()) {
            Tensor first = semantic.encode(latent, 1);
            return scope.keep(levels == 1 ? first : Tensor.concat(1, first, acoustic.encode(latent, levels - 1)));
        }
    }

    /** codes int64 [B, levels, T] -> [B, C, T]. */
    Tensor decode(Tensor codes) {
        int levels = codes.intDim(1);
        try (Scope scope = Scope.open()) {
            Tensor sum = semantic.decode(codes.slice(1, 0, 1));
            return scope.keep(levels == 1 ? sum : sum.add(acoustic.decode(codes.slice(1, 1, levels))));
        }
    }

    /** The same of a stream, channels last: latent [B, T, C] -> codes int64 [B, levels, T]. */
    Tensor encode(Tensor latent, int levels, StreamState state) {
        try (Scope scope = Scope.open()) {
            Tensor first = semantic.encode(latent, 1, state);
            return scope.keep(
                    levels == 1 ? first : Tensor.concat(1, first, acoustic.encode(latent, levels - 1, state)));
        }
    }

    /** codes int64 [B, levels, T] -> [B, T, C]. */
    Tensor decode(Tensor codes, StreamState state) {
        int levels = codes.intDim(1);
        try (Scope scope = Scope.open()) {
            Tensor sum = semantic.decode(codes.slice(1, 0, 1), state);
            return scope.keep(levels == 1 ? sum : sum.add(acoustic.decode(codes.slice(1, 1, levels), state)));
        }
    }

    /**
     * What a training step gives.
     *
     * @param latent what the decoder receives [B, C, T]
     * @param semantic the semantic codebook's part of the quantized latent [B, C, T]
     * @param codes int64 [B, levels used, T]
     * @param commitment scalar, the mean over the levels used
     * @param metrics per level used
     */
    record Trained(Tensor latent, Tensor semantic, Tensor codes, Tensor commitment, List<CodebookMetrics> metrics) {}

    /** latent: [B, C, T]. */
    Trained train(Tensor latent, TrainingStep step) {
        int levels = acoustic.levels();
        if (step.settings().quantizerDropout()) {
            levels = 1 + (int) step.random().nextLong(levels);
        }
        try (Scope scope = Scope.open()) {
            ResidualVectorQuantizer.Trained first = semantic.train(latent, 1, step);
            ResidualVectorQuantizer.Trained rest = acoustic.train(latent, levels, step);
            List<CodebookMetrics> metrics = new ArrayList<>(first.metrics());
            metrics.addAll(rest.metrics());
            return new Trained(
                    scope.keep(skip(latent, first.quantized().add(rest.quantized()), step)),
                    scope.keep(first.quantized()),
                    scope.keep(Tensor.concat(1, first.codes(), rest.codes())),
                    scope.keep(first.commitment().add(rest.commitment()).div(1 + levels * acoustic.groups())),
                    metrics);
        }
    }

    /** Replaces whole sequences of the batch by their unquantized latent, each with the configured probability. */
    private static Tensor skip(Tensor latent, Tensor quantized, TrainingStep step) {
        double probability = step.settings().noQuantization();
        if (probability == 0) {
            return quantized;
        }
        boolean[] skipped = new boolean[latent.intDim(0)];
        for (int i = 0; i < skipped.length; i++) {
            skipped[i] = step.random().nextDouble() < probability;
        }
        return Tensor.of(skipped, skipped.length, 1, 1).where(latent, quantized);
    }
}
