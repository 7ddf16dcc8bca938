package org.openmoshi.models.mimi;

import org.openmoshi.tensor.Engine;
import org.openmoshi.tensor.Functions;
import org.openmoshi.tensor.Generator;
import org.openmoshi.tensor.InPlaceOp;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/** Lloyd's algorithm (1982), which finds the vectors that a codebook starts from. */
final class KMeans {
    private KMeans() {}

    /** Means [K, D] and how many vectors [K] each stands for; at least one, so that each is a mean that can move. */
    record Clusters(Tensor means, Tensor counts) {}

    /** Clusters of x [N, D] from a random start; a mean that attracts no vector moves to a random one. */
    static Clusters of(Tensor x, int clusters, int iterations, Generator random) {
        long features = x.dim(1);
        Tensor means = sample(x, clusters, random);
        Tensor counts = Tensor.full(x.dtype(), 1, clusters);
        for (int i = 0; i < iterations; i++) {
            try (Scope scope = Scope.open()) {
                Tensor codes = Functions.nearestCode(x, means);
                Tensor sums = Tensor.zeros(x.dtype(), clusters, features);
                Tensor found = Tensor.zeros(x.dtype(), clusters);
                Engine.runInPlace(new InPlaceOp.CodebookEma(0), sums, found, x, codes);
                Tensor atLeastOne = scope.keep(found.clamp(1, Double.POSITIVE_INFINITY));
                Tensor empty = found.eq(found.zerosLike()).unsqueeze(1);
                Tensor moved = empty.where(sample(x, clusters, random), sums.div(atLeastOne.unsqueeze(1)));
                counts.close();
                means.close();
                counts = atLeastOne;
                means = scope.keep(moved);
            }
        }
        return new Clusters(means, counts);
    }

    /** Rows of x [N, D] in random order [count, D]: each at most once if there are enough, otherwise with repeats. */
    static Tensor sample(Tensor x, int count, Generator random) {
        int rows = x.intDim(0);
        long[] chosen;
        if (rows >= count) {
            chosen = java.util.Arrays.copyOf(random.permutation(rows), count);
        } else {
            chosen = new long[count];
            java.util.Arrays.setAll(chosen, i -> random.nextLong(rows));
        }
        return x.indexSelect(0, Tensor.of(chosen, count));
    }
}
