package org.openmoshi.tensor.cpu.scalar;

import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.InPlaceOp.CodebookEma;
import org.openmoshi.tensor.Shape;

/** Vector quantization. */
public final class Codebooks {
    private Codebooks() {}

    // (x [N, D], codebook [K, D]) -> int64 [N]
    /** Row with the least squared distance; the lower of equals. */
    public static void nearest(Operands t) {
        Cells x = t.in(0);
        Cells codebook = t.in(1);
        int d = x.shape().intDim(1);
        double[] vector = new double[d];
        for (long i = 0; i < x.dim(0); i++) {
            x.read(i * d, vector);
            t.out(0).setLong(i, nearest(vector, codebook, 0, codebook.dim(0)));
        }
    }

    // (x [N, D], codebooks [L, K, D]) -> codes int64 [L, N], residual [N, D]
    /** The same for every level, of what the levels before left over. */
    public static void residual(Operands t) {
        Cells x = t.in(0);
        Cells codebooks = t.in(1);
        Cells codes = t.out(0);
        Cells residual = t.out(1);
        long n = x.dim(0);
        int d = x.shape().intDim(1);
        long size = codebooks.dim(1);
        residual.copy(0, x, 0, x.size());
        double[] vector = new double[d];
        for (long level = 0; level < codebooks.dim(0); level++) {
            for (long i = 0; i < n; i++) {
                residual.read(i * d, vector);
                long code = nearest(vector, codebooks, level * size, size);
                codes.setLong(level * n + i, code);
                for (int j = 0; j < d; j++) {
                    residual.set(i * d + j, vector[j] - codebooks.get((level * size + code) * d + j));
                }
            }
        }
    }

    /** Which of {@code size} rows from the first on is nearest. */
    private static long nearest(double[] vector, Cells codebook, long first, long size) {
        long nearest = 0;
        double least = Double.POSITIVE_INFINITY;
        for (long row = 0; row < size; row++) {
            double distance = 0;
            for (int j = 0; j < vector.length; j++) {
                double difference = vector[j] - codebook.get((first + row) * vector.length + j);
                distance += difference * difference;
            }
            if (distance < least) {
                least = distance;
                nearest = row;
            }
        }
        return nearest;
    }

    // (embeddingSum [K, D], clusterUsage [K], x [N, D], codes [N])
    /** Both sums = decay * sums + (1 - decay) * what the vectors of x add up to. */
    public static void update(CodebookEma op, Operands t) {
        Cells sums = t.in(0);
        Cells usage = t.in(1);
        Cells x = t.in(2);
        Cells codes = t.in(3);
        long d = x.dim(1);
        Cells added = t.scratch(DType.F64, sums.shape());
        Cells counts = t.scratch(DType.F64, Shape.of(usage.size()));
        added.clear();
        counts.clear();
        for (long i = 0; i < codes.size(); i++) {
            long code = Indexing.check(op, codes.getLong(i), usage.size());
            counts.set(code, counts.get(code) + 1);
            for (long j = 0; j < d; j++) {
                added.add(code * d + j, x, i * d + j);
            }
        }
        decay(sums, added, op.decay());
        decay(usage, counts, op.decay());
    }

    private static void decay(Cells average, Cells added, double decay) {
        for (long i = 0; i < average.size(); i++) {
            average.set(i, decay * average.get(i) + (1 - decay) * added.get(i));
        }
    }
}
