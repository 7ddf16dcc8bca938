package org.openmoshi.tensor.cpu.scalar;

/** Weights as a direction and a length per row of the first axis. */
public final class WeightNorms {
    private WeightNorms() {}

    // (v [C, ...], g [C, 1, ...]) -> w [C, ...]
    /** w = g v / |v|. */
    public static void forward(Operands t) {
        Cells v = t.in(0);
        Cells g = t.in(1);
        int n = rowLength(v);
        double[] row = new double[n];
        for (long i = 0; i < g.size(); i++) {
            v.read(i * n, row);
            double scale = g.get(i) / norm(row);
            for (int j = 0; j < n; j++) {
                row[j] *= scale;
            }
            t.out(0).write(i * n, row);
        }
    }

    // (dw [C, ...], v [C, ...], g [C, 1, ...]) -> dv, dg
    /** With u = v / |v|: dg = dw . u, dv = g / |v| (dw - u dg). */
    public static void gradient(Operands t) {
        Cells dw = t.in(0);
        Cells v = t.in(1);
        Cells g = t.in(2);
        int n = rowLength(v);
        double[] row = new double[n];
        double[] gradient = new double[n];
        for (long i = 0; i < g.size(); i++) {
            v.read(i * n, row);
            dw.read(i * n, gradient);
            double norm = norm(row);
            double dot = 0;
            for (int j = 0; j < n; j++) {
                row[j] /= norm;
                dot += gradient[j] * row[j];
            }
            for (int j = 0; j < n; j++) {
                row[j] = g.get(i) / norm * (gradient[j] - row[j] * dot);
            }
            t.out(0).write(i * n, row);
            t.out(1).set(i, dot);
        }
    }

    private static int rowLength(Cells v) {
        return Math.toIntExact(v.shape().product(1, v.shape().rank()));
    }

    private static double norm(double[] row) {
        double sum = 0;
        for (double value : row) {
            sum += value * value;
        }
        return Math.sqrt(sum);
    }
}
