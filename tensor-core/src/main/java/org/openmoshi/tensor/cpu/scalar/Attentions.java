package org.openmoshi.tensor.cpu.scalar;

import org.openmoshi.tensor.ComputeOp.Attention;
import org.openmoshi.tensor.ComputeOp.AttentionGrad;

/** Scaled dot-product attention; the scores of one query at a time. */
public final class Attentions {
    private Attentions() {}

    // (q [B, H, T, D], k [B, H, S, D], v [B, H, S, D]) -> out [B, H, T, D], logSumExp [B, H, T]
    /** out = softmax(scale q k^T) v over the keys that each query sees. */
    public static void forward(Attention op, Operands t) {
        Cells q = t.in(0);
        Cells k = t.in(1);
        Cells v = t.in(2);
        Cells out = t.out(0);
        Cells norms = t.out(1);
        int queries = q.shape().intDim(2);
        int keys = k.shape().intDim(2);
        int d = q.shape().intDim(3);
        double[] query = new double[d];
        double[] sums = new double[d];
        double[] scores = new double[keys];
        for (long i = 0; i < norms.size(); i++) {
            long head = i / queries * keys * d;
            int position = (int) (i % queries) + keys - queries;
            int from = op.context() > 0 ? Math.max(0, position - op.context() + 1) : 0;
            int to = op.causal() ? position + 1 : keys;
            q.read(i * d, query);
            double max = Double.NEGATIVE_INFINITY;
            for (int j = from; j < to; j++) {
                scores[j] = op.scale() * dot(query, k, head + (long) j * d);
                max = Math.max(max, scores[j]);
            }
            double total = 0;
            java.util.Arrays.fill(sums, 0);
            for (int j = from; j < to; j++) {
                double weight = Math.exp(scores[j] - max);
                total += weight;
                for (int c = 0; c < d; c++) {
                    sums[c] += weight * v.get(head + (long) j * d + c);
                }
            }
            for (int c = 0; c < d; c++) {
                out.set(i * d + c, sums[c] / total);
            }
            norms.set(i, max + Math.log(total));
        }
    }

    // (g [B, H, T, D], q, k, v, out, logSumExp [B, H, T]) -> dq, dk, dv
    /** With p = softmax weights and delta = g . out: dv = p^T g, ds = p (g v^T - delta), dq = scale ds k. */
    public static void gradient(AttentionGrad op, Operands t) {
        Cells g = t.in(0);
        Cells q = t.in(1);
        Cells k = t.in(2);
        Cells v = t.in(3);
        Cells out = t.in(4);
        Cells norms = t.in(5);
        int queries = q.shape().intDim(2);
        int keys = k.shape().intDim(2);
        int d = q.shape().intDim(3);
        Cells dk = t.accumulator(t.out(1));
        Cells dv = t.accumulator(t.out(2));
        double[] query = new double[d];
        double[] gradient = new double[d];
        double[] dQuery = new double[d];
        for (long i = 0; i < norms.size(); i++) {
            long head = i / queries * keys * d;
            int position = (int) (i % queries) + keys - queries;
            int from = op.context() > 0 ? Math.max(0, position - op.context() + 1) : 0;
            int to = op.causal() ? position + 1 : keys;
            q.read(i * d, query);
            g.read(i * d, gradient);
            double delta = dot(gradient, out, i * d);
            java.util.Arrays.fill(dQuery, 0);
            for (int j = from; j < to; j++) {
                long key = head + (long) j * d;
                double weight = Math.exp(op.scale() * dot(query, k, key) - norms.get(i));
                double dScore = op.scale() * weight * (dot(gradient, v, key) - delta);
                for (int c = 0; c < d; c++) {
                    dQuery[c] += dScore * k.get(key + c);
                    dk.set(key + c, dk.get(key + c) + dScore * query[c]);
                    dv.set(key + c, dv.get(key + c) + weight * gradient[c]);
                }
            }
            t.out(0).write(i * d, dQuery);
        }
        Indexing.store(dk, t.out(1));
        Indexing.store(dv, t.out(2));
    }

    static double dot(double[] a, Cells b, long at) {
        double sum = 0;
        for (int c = 0; c < a.length; c++) {
            sum += a[c] * b.get(at + c);
        }
        return sum;
    }
}
