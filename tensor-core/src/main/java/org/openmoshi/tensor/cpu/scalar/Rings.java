package org.openmoshi.tensor.cpu.scalar;

import org.openmoshi.tensor.ComputeOp.RingAttention;
import org.openmoshi.tensor.Tensor;

/** Keys and values of streams in rings: step j lies in slot j mod size. */
public final class Rings {
    private Rings() {}

    // (ring [B, H, S, D], x [B, H, T, D], position [B])
    /** ring[b, h, (position + t) mod S] = x[b, h, t]. */
    public static void write(Operands t) {
        Tensor ring = t.tensor(0);
        Cells target = Operands.storage(ring);
        Cells x = t.snapshot(1, t.shape(1));
        Cells positions = t.in(2);
        long steps = x.dim(2);
        long d = x.dim(3);
        for (long row = 0; row < x.dim(0) * x.dim(1) * steps; row++) {
            long item = row / steps / x.dim(1);
            long slot = Math.floorMod(positions.getLong(item) + row % steps, ring.dim(2));
            long at = ring.offset()
                    + item * ring.stride(0)
                    + row / steps % x.dim(1) * ring.stride(1)
                    + slot * ring.stride(2);
            for (long i = 0; i < d; i++) {
                target.copy(at + i * ring.stride(3), x, row * d + i);
            }
        }
    }

    // (q [B, H, T, D], keys [B, H, S, D], values [B, H, S, D], position [B]) -> out [B, H, T, D]
    /** out = softmax(scale q k^T) v over the steps that each query sees. */
    public static void attention(RingAttention op, Operands t) {
        Cells q = t.in(0);
        Cells keys = t.in(1);
        Cells values = t.in(2);
        Cells positions = t.in(3);
        Cells out = t.out(0);
        long heads = q.dim(1);
        long steps = q.dim(2);
        long slots = keys.dim(2);
        int d = q.shape().intDim(3);
        double[] query = new double[d];
        double[] sums = new double[d];
        double[] scores = new double[op.context()];
        for (long row = 0; row < q.dim(0) * heads * steps; row++) {
            long head = row / steps;
            long present = positions.getLong(head / heads) + row % steps;
            long first = Math.max(0, present - op.context() + 1);
            q.read(row * d, query);
            double max = Double.NEGATIVE_INFINITY;
            for (long j = first; j <= present; j++) {
                double score = op.scale() * Attentions.dot(query, keys, (head * slots + j % slots) * d);
                scores[(int) (j - first)] = score;
                max = Math.max(max, score);
            }
            double total = 0;
            java.util.Arrays.fill(sums, 0);
            for (long j = first; j <= present; j++) {
                double weight = Math.exp(scores[(int) (j - first)] - max);
                total += weight;
                for (int c = 0; c < d; c++) {
                    sums[c] += weight * values.get((head * slots + j % slots) * d + c);
                }
            }
            for (int c = 0; c < d; c++) {
                out.set(row * d + c, sums[c] / total);
            }
        }
    }
}
