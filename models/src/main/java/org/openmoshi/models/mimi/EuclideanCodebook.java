package org.openmoshi.models.mimi;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.openmoshi.autograd.Tape;
import org.openmoshi.models.nn.ModulePath;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Engine;
import org.openmoshi.tensor.Functions;
import org.openmoshi.tensor.InPlaceOp;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * A codebook that is not trained by gradients: each code is the average of the vectors that chose it, kept as two
 * moving averages (van den Oord et al. 2017, appendix A.1), {@code embedding_sum} [K, D] and {@code cluster_usage} [K].
 * {@code _initialized} [1] becomes 1 once it has started from the clusters of a batch.
 */
final class EuclideanCodebook {
    private static final double MIN_USAGE = 1e-5;

    private final int size;
    private final Tensor initialized;
    private final Tensor clusterUsage;
    private final Tensor embeddingSum;
    private final double[] usage; // on the host, read in every training step
    private int checkedVersion = -1;
    private boolean started; // what `initialized` was at that version

    EuclideanCodebook(ModulePath at, int size, int dimension) {
        this.size = size;
        usage = new double[size];
        initialized = at.buffer("_initialized", 0, 1);
        clusterUsage = at.buffer("cluster_usage", 1, size);
        embeddingSum = at.buffer("embedding_sum", 0, size, dimension);
    }

    /** The vectors of the codes [K, D]. */
    Tensor embedding() {
        try (Scope scope = Scope.open()) {
            Tensor usage = clusterUsage.clamp(MIN_USAGE, Double.POSITIVE_INFINITY);
            return scope.keep(embeddingSum.div(usage.unsqueeze(1)));
        }
    }

    /** Whether it has started from data. */
    boolean isInitialized() {
        int version = initialized.storage().version();
        if (version != checkedVersion) { // it is asked for in every step, and changes once
            started = initialized.item() > 0;
            checkedVersion = version;
        }
        return started;
    }

    /** Codes and their vectors, both for x: codes int64 [N], quantized [N, D]. */
    record Match(Tensor codes, Tensor quantized) {}

    /** x: [N, D]. */
    Match match(Tensor x) {
        try (Scope scope = Scope.open()) {
            Tensor embedding = embedding();
            Tensor codes = Functions.nearestCode(x, embedding);
            return new Match(scope.keep(codes), scope.keep(embedding.embedding(codes)));
        }
    }

    /** What a training step gives: the match is of the codebook as it was before the step changed it. */
    record Trained(Match match, CodebookMetrics metrics) {}

    /**
     * Quantizes x [N, D] and moves the codes towards the rows of it that the step's mask lets through. No gradient flows through any of it. Vectors that are not
     * finite leave the codebook as it is: the trainer skips such a step, and the averages would never recover.
     *
     * @param mayInitialize whether a codebook that has not started yet may start from x
     */
    Trained train(Tensor x, boolean mayInitialize, TrainingStep step) {
        return Tape.withoutRecording(() -> {
            Tensor sound = step.mask() == null ? x : step.mask().select(x);
            boolean finite = isFinite(sound);
            if (finite && mayInitialize && !isInitialized()) {
                initialize(sound, step);
            }
            Match match = match(x);
            Tensor codes = step.mask() == null ? match.codes() : step.mask().select(match.codes());
            int replaced = 0;
            if (finite) {
                boolean due = step.number() % step.settings().replaceEvery() == 0;
                replaced = due && isInitialized() ? replaceDead(sound, step) : 0;
                Engine.runInPlace(
                        new InPlaceOp.CodebookEma(step.settings().decay()), embeddingSum, clusterUsage, sound, codes);
            }
            return new Trained(match, metrics(codes, replaced, step.settings().deadBelow()));
        });
    }

    private static boolean isFinite(Tensor x) {
        try (Scope _ = Scope.open()) {
            return Double.isFinite(x.norm().item());
        }
    }

    private void initialize(Tensor x, TrainingStep step) {
        try (Scope _ = Scope.open()) {
            KMeans.Clusters clusters = KMeans.of(x, size, step.settings().kMeansIterations(), step.random());
            clusterUsage.copyFrom_(clusters.counts());
            embeddingSum.copyFrom_(clusters.means().mul(clusters.counts().unsqueeze(1)));
            initialized.fill_(1);
        }
    }

    /** Dead codes become random vectors of the batch, as if they had been used like the average code. */
    private int replaceDead(Tensor x, TrainingStep step) {
        readUsage();
        double mean = mean(usage);
        boolean[] dead = new boolean[size];
        int count = 0;
        for (int k = 0; k < size; k++) {
            dead[k] = usage[k] < step.settings().deadBelow() * mean;
            count += dead[k] ? 1 : 0;
        }
        if (count > 0) {
            try (Scope _ = Scope.open()) {
                Tensor mask = Tensor.of(dead, size);
                Tensor vectors = KMeans.sample(x, size, step.random()).mul(mean);
                embeddingSum.copyFrom_(mask.unsqueeze(1).where(vectors, embeddingSum));
                clusterUsage.copyFrom_(mask.where(Tensor.full(x.dtype(), mean, size), clusterUsage));
            }
        }
        return count;
    }

    private CodebookMetrics metrics(Tensor codes, int replaced, double deadBelow) {
        double[] usageAndCodes; // read together: the host waits for the device once
        try (Scope _ = Scope.open()) {
            usageAndCodes = Tensor.concat(0, clusterUsage.cast(DType.F64), codes.cast(DType.F64))
                    .toDoubles();
        }
        System.arraycopy(usageAndCodes, 0, usage, 0, size);
        double threshold = deadBelow * mean(usage);
        long dead = Arrays.stream(usage).filter(use -> use < threshold).count();
        int used = (int) Arrays.stream(usageAndCodes).skip(size).distinct().count();
        return new CodebookMetrics(
                CodebookMetrics.entropy(usage), (double) replaced / size, (double) dead / size, used);
    }

    private void readUsage() {
        try (Scope _ = Scope.open()) {
            clusterUsage.cast(DType.F64).download(MemorySegment.ofArray(usage));
        }
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).sum() / values.length;
    }
}
