package org.openmoshi.tensor.cpu.scalar;

import org.openmoshi.tensor.Shape;

/** Matrix products. */
public final class Products {
    private Products() {}

    /** a [..., M, K] b [..., K, N] -> [..., M, N]. */
    public static void matMul(Operands t) {
        Cells out = t.out(0);
        int rank = out.shape().rank();
        int m = out.shape().intDim(-2);
        int n = out.shape().intDim(-1);
        int k = t.shape(0).intDim(-1);
        Shape batch = out.shape().without(-1).without(-1);
        Cells a = t.in(0, batch.insert(rank - 2, m).insert(rank - 1, k));
        Cells b = t.in(1, batch.insert(rank - 2, k).insert(rank - 1, n));
        double[] row = new double[k];
        double[] sums = new double[n];
        for (long item = 0; item < batch.size(); item++) {
            for (int i = 0; i < m; i++) {
                a.read((item * m + i) * k, row);
                java.util.Arrays.fill(sums, 0);
                for (int p = 0; p < k; p++) {
                    for (int j = 0; j < n; j++) {
                        sums[j] += row[p] * b.get((item * k + p) * n + j);
                    }
                }
                out.write((item * m + i) * n, sums);
            }
        }
    }

    /** x [..., K], weight [N, K], bias [N] -> [..., N]. */
    public static void linear(Operands t) {
        Cells x = t.in(0);
        Cells weight = t.in(1);
        Cells out = t.out(0);
        int n = weight.shape().intDim(0);
        int k = weight.shape().intDim(1);
        long rows = x.shape().product(0, x.shape().rank() - 1);
        double[] bias = t.count() > 2 ? t.in(2).read(0, new double[n]) : new double[n];
        double[] row = new double[k];
        for (long i = 0; i < rows; i++) {
            x.read(i * k, row);
            for (int j = 0; j < n; j++) {
                double sum = bias[j];
                for (int p = 0; p < k; p++) {
                    sum += row[p] * weight.get((long) j * k + p);
                }
                out.set(i * n + j, sum);
            }
        }
    }
}
