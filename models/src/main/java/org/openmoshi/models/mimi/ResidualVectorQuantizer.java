package org.openmoshi.models.mimi;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.openmoshi.autograd.Tape;
import org.openmoshi.models.nn.Conv1d;
import org.openmoshi.models.nn.ConvOptions;
import org.openmoshi.models.nn.ModulePath;
import org.openmoshi.models.nn.StreamState;
import org.openmoshi.tensor.Functions;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * Codebooks in a row, each for what the one before left over (Zeghidour et al. 2021, section III.C), between bias-free
 * projections ({@code input_proj}, {@code output_proj}, kernel 1) to and from the codebooks' dimension.
 */
final class ResidualVectorQuantizer {
    private final String path;
    private final Conv1d inputProjection;
    private final Conv1d outputProjection;
    private final List<EuclideanCodebook> codebooks = new ArrayList<>();

    ResidualVectorQuantizer(ModulePath at, QuantizerConfig config, int levels) {
        path = at.toString();
        ConvOptions projection = ConvOptions.kernel(1).withoutBias();
        inputProjection = new Conv1d(at.sub("input_proj"), config.inputDimension(), config.dimension(), projection);
        outputProjection = new Conv1d(at.sub("output_proj"), config.dimension(), config.outputDimension(), projection);
        for (int i = 0; i < levels; i++) {
            ModulePath path = at.sub("vq.layers").sub(i).sub("_codebook");
            codebooks.add(new EuclideanCodebook(path, config.bins(), config.dimension()));
        }
    }

    /** Number of codebooks. */
    int levels() {
        return codebooks.size();
    }

    /** The codebook of a level. */
    EuclideanCodebook codebook(int level) {
        return codebooks.get(level);
    }

    /** latent [B, C, T] -> [B * T, D], what the first codebook quantizes. */
    Tensor project(Tensor latent) {
        try (Scope scope = Scope.open()) {
            Tensor x = inputProjection.forward(latent);
            return scope.keep(x.transpose(1, 2).contiguous().reshape(-1, x.dim(1)));
        }
    }

    private static Tensor mean(Tensor x, TrainingStep step) {
        return step.mask() == null ? x.mean() : step.mask().mean(x);
    }

    /** latent [B, C, T] -> codes int64 [B, levels, T]. */
    Tensor encode(Tensor latent, int levels) {
        long batch = latent.dim(0);
        try (Scope scope = Scope.open()) {
            Tensor codes = Functions.residualCodes(project(latent), embeddings(levels))[0]; // [levels, B * T]
            return scope.keep(codes.reshape(levels, batch, -1).transpose(0, 1).contiguous());
        }
    }

    /** The vectors of all codes of the first levels [levels, K, D]. */
    private Tensor embeddings(int levels) {
        try (Scope scope = Scope.open()) {
            Tensor[] each = new Tensor[levels];
            Arrays.setAll(each, i -> codebooks.get(i).embedding());
            return scope.keep(Tensor.stack(0, each));
        }
    }

    /** codes int64 [B, levels, T] -> [B, C, T]. */
    Tensor decode(Tensor codes) {
        try (Scope scope = Scope.open()) {
            Tensor sum = codebooks.getFirst().embedding().embedding(codes.select(1, 0));
            for (int i = 1; i < codes.intDim(1); i++) {
                sum = sum.add(codebooks.get(i).embedding().embedding(codes.select(1, i)));
            }
            return scope.keep(outputProjection.forward(sum.transpose(1, 2).contiguous()));
        }
    }

    /** The same of a stream, channels last: latent [B, T, C] -> codes int64 [B, levels, T]. */
    Tensor encode(Tensor latent, int levels, StreamState state) {
        long batch = latent.dim(0);
        Tensor codebooks = codebooks(state);
        try (Scope scope = Scope.open()) {
            Tensor x = inputProjection.forward(latent, state).reshape(-1, codebooks.dim(2));
            Tensor codes = Functions.residualCodes(x, codebooks.slice(0, 0, levels))[0]; // [levels, B * T]
            return scope.keep(codes.reshape(levels, batch, -1).transpose(0, 1).contiguous());
        }
    }

    /** codes int64 [B, levels, T] -> [B, T, C]. */
    Tensor decode(Tensor codes, StreamState state) {
        Tensor codebooks = codebooks(state);
        try (Scope scope = Scope.open()) {
            Tensor sum = codebooks.select(0, 0).embedding(codes.select(1, 0));
            for (int i = 1; i < codes.intDim(1); i++) {
                sum = sum.add(codebooks.select(0, i).embedding(codes.select(1, i)));
            }
            return scope.keep(outputProjection.forward(sum, state));
        }
    }

    /** The vectors of all codes [levels, K, D], computed once for all streams. */
    private Tensor codebooks(StreamState state) {
        return state.weights().tensor(path + ".codebooks", () -> embeddings(levels()));
    }

    /**
     * What a training step gives.
     *
     * @param quantized [B, C, T]
     * @param codes int64 [B, levels, T]
     * @param commitment sum over levels of the mean squared distance of what a codebook was given from its code
     * @param metrics per level
     */
    record Trained(Tensor quantized, Tensor codes, Tensor commitment, List<CodebookMetrics> metrics) {}

    /** Quantizes latent [B, C, T] with some levels, straight-through for the gradient, and moves the codebooks. */
    Trained train(Tensor latent, int levels, TrainingStep step) {
        long batch = latent.dim(0);
        try (Scope scope = Scope.open()) {
            Tensor x = project(latent);
            Tensor residual = x;
            Tensor[] codes = new Tensor[levels];
            Tensor[] commitments = new Tensor[levels];
            List<CodebookMetrics> metrics = new ArrayList<>();
            boolean mayInitialize = true;
            for (int i = 0; i < levels; i++) {
                EuclideanCodebook codebook = codebooks.get(i);
                boolean initializedBefore = codebook.isInitialized();
                EuclideanCodebook.Trained trained = codebook.train(residual, mayInitialize, step);
                mayInitialize = initializedBefore; // a codebook starts from a residual that no longer jumps
                codes[i] = trained.match().codes().reshape(batch, -1);
                metrics.add(trained.metrics());
                residual = residual.sub(trained.match().quantized());
                commitments[i] = mean(residual.square(), step);
            }
            // x minus what is left over: the sum of the codes, with the gradient of x
            Tensor quantized = x.sub(Tape.stopGradient(residual)).reshape(batch, -1, x.dim(1));
            return new Trained(
                    scope.keep(
                            outputProjection.forward(quantized.transpose(1, 2).contiguous())),
                    scope.keep(Tensor.stack(1, codes)),
                    scope.keep(Tensor.stack(0, commitments).sum()),
                    metrics);
        }
    }
}
