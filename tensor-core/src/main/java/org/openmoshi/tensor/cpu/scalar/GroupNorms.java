package org.openmoshi.tensor.cpu.scalar;

import org.openmoshi.tensor.ComputeOp.GroupNorm;
import org.openmoshi.tensor.ComputeOp.GroupNormGrad;

/** Group norm: normalisation over the channels of a group and all positions. */
public final class GroupNorms {
    private GroupNorms() {}

    // (x [B, C, ...], weight [C], bias [C]) -> y, mean [B, groups], rstd [B, groups]
    /** y = (x - mean) rstd weight + bias. */
    public static void forward(GroupNorm op, Operands t) {
        Cells x = t.in(0);
        Cells y = t.out(0);
        int channels = x.shape().intDim(1);
        int perGroup = channels / op.groups();
        int positions = Math.toIntExact(x.shape().product(2, x.shape().rank()));
        double[] weight = t.in(1).read(0, new double[channels]);
        double[] bias = t.in(2).read(0, new double[channels]);
        double[] block = new double[Math.multiplyExact(perGroup, positions)];
        for (long i = 0; i < t.out(1).size(); i++) {
            x.read(i * block.length, block);
            double mean = RowNorms.mean(block);
            double rstd = 1 / Math.sqrt(RowNorms.variance(block, mean) + op.epsilon());
            t.out(1).set(i, mean);
            t.out(2).set(i, rstd);
            for (int j = 0; j < block.length; j++) {
                int c = (int) (i % op.groups()) * perGroup + j / positions;
                block[j] = (block[j] - mean) * rstd * weight[c] + bias[c];
            }
            y.write(i * block.length, block);
        }
    }

    // (g, x [B, C, ...], weight [C], mean [B, groups], rstd [B, groups]) -> dx, dweight [C], dbias [C]
    /** dx = rstd (w g - mean(w g) - n mean(w g n)) with the normalised n and means over a group. */
    public static void gradient(GroupNormGrad op, Operands t) {
        Cells g = t.in(0);
        Cells x = t.in(1);
        Cells means = t.in(3);
        Cells rstds = t.in(4);
        int channels = x.shape().intDim(1);
        int perGroup = channels / op.groups();
        int positions = Math.toIntExact(x.shape().product(2, x.shape().rank()));
        double[] weight = t.in(2).read(0, new double[channels]);
        double[] dWeight = new double[channels];
        double[] dBias = new double[channels];
        double[] block = new double[Math.multiplyExact(perGroup, positions)];
        double[] gradient = new double[block.length];
        for (long i = 0; i < means.size(); i++) {
            double mean = means.get(i);
            double rstd = rstds.get(i);
            x.read(i * block.length, block);
            g.read(i * block.length, gradient);
            double sum = 0;
            double dot = 0;
            for (int j = 0; j < block.length; j++) {
                int c = (int) (i % op.groups()) * perGroup + j / positions;
                block[j] = (block[j] - mean) * rstd;
                dWeight[c] += gradient[j] * block[j];
                dBias[c] += gradient[j];
                gradient[j] *= weight[c];
                sum += gradient[j];
                dot += gradient[j] * block[j];
            }
            for (int j = 0; j < block.length; j++) {
                block[j] = rstd * (gradient[j] - (sum + block[j] * dot) / block.length);
            }
            t.out(0).write(i * block.length, block);
        }
        t.out(1).write(0, dWeight);
        t.out(2).write(0, dBias);
    }
}
