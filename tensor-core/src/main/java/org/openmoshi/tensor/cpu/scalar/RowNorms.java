package org.openmoshi.tensor.cpu.scalar;

import org.jspecify.annotations.Nullable;
import org.openmoshi.tensor.ComputeOp.LayerNorm;
import org.openmoshi.tensor.ComputeOp.RmsNorm;

/** Layer and RMS norm of the last axis. */
public final class RowNorms {
    private RowNorms() {}

    // (x [..., D], weight [D], bias [D]) -> y [..., D], mean [...], rstd [...]
    /** y = (x - mean) rstd weight + bias, rstd = 1 / sqrt(variance + epsilon). */
    public static void layerNorm(LayerNorm op, Operands t) {
        Cells x = t.in(0);
        Cells y = t.out(0);
        Cells means = t.out(1);
        Cells rstds = t.out(2);
        int d = x.shape().intDim(-1);
        double[] weight = t.in(1).read(0, new double[d]);
        double[] bias = t.in(2).read(0, new double[d]);
        double[] row = new double[d];
        for (long i = 0; i < means.size(); i++) {
            x.read(i * d, row);
            double mean = mean(row);
            double rstd = 1 / Math.sqrt(variance(row, mean) + op.epsilon());
            means.set(i, mean);
            rstds.set(i, rstd);
            for (int j = 0; j < d; j++) {
                row[j] = (row[j] - mean) * rstd * weight[j] + bias[j];
            }
            y.write(i * d, row);
        }
    }

    // (x [..., D], weight [D]) -> y [..., D], rstd [...]
    /** y = x rstd weight, rstd = 1 / sqrt(mean(x^2) + epsilon). */
    public static void rmsNorm(RmsNorm op, Operands t) {
        Cells x = t.in(0);
        Cells y = t.out(0);
        Cells rstds = t.out(1);
        int d = x.shape().intDim(-1);
        double[] weight = t.in(1).read(0, new double[d]);
        double[] row = new double[d];
        for (long i = 0; i < rstds.size(); i++) {
            x.read(i * d, row);
            double rstd = 1 / Math.sqrt(variance(row, 0) + op.epsilon());
            rstds.set(i, rstd);
            for (int j = 0; j < d; j++) {
                row[j] *= rstd * weight[j];
            }
            y.write(i * d, row);
        }
    }

    // (g, x [..., D], weight [D], mean [...], rstd [...]) -> dx, dweight, dbias
    /** dx = rstd (w g - mean(w g) - n mean(w g n)) with the normalised n. */
    public static void layerNormGradient(Operands t) {
        Cells means = t.in(3);
        double[] bias = new double[t.shape(1).intDim(-1)];
        gradient(t, means, t.in(4), bias);
        t.out(2).write(0, bias);
    }

    // (g, x [..., D], weight [D], rstd [...]) -> dx, dweight
    /** dx = rstd (w g - n mean(w g n)) with the normalised n. */
    public static void rmsNormGradient(Operands t) {
        gradient(t, null, t.in(3), new double[t.shape(1).intDim(-1)]);
    }

    /** Shared by both; means are null where nothing was subtracted. */
    private static void gradient(Operands t, @Nullable Cells means, Cells rstds, double[] dBias) {
        Cells g = t.in(0);
        Cells x = t.in(1);
        int d = dBias.length;
        double[] weight = t.in(2).read(0, new double[d]);
        double[] dWeight = new double[d];
        double[] row = new double[d];
        double[] gradient = new double[d];
        for (long i = 0; i < rstds.size(); i++) {
            double mean = means == null ? 0 : means.get(i);
            double rstd = rstds.get(i);
            x.read(i * d, row);
            g.read(i * d, gradient);
            double sum = 0;
            double dot = 0;
            for (int j = 0; j < d; j++) {
                row[j] = (row[j] - mean) * rstd;
                dWeight[j] += gradient[j] * row[j];
                dBias[j] += gradient[j];
                gradient[j] *= weight[j];
                sum += gradient[j];
                dot += gradient[j] * row[j];
            }
            double shift = means == null ? 0 : sum / d;
            for (int j = 0; j < d; j++) {
                row[j] = rstd * (gradient[j] - shift - row[j] * dot / d);
            }
            t.out(0).write(i * d, row);
        }
        t.out(1).write(0, dWeight);
    }

    static double mean(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum / values.length;
    }

    /** Mean square of the distances from a centre. */
    static double variance(double[] values, double centre) {
        double sum = 0;
        for (double value : values) {
            sum += (value - centre) * (value - centre);
        }
        return sum / values.length;
    }
}
