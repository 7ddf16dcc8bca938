package org.openmoshi.tensor.cpu.vector;

import static org.openmoshi.tensor.cpu.vector.Lanes.L;
import static org.openmoshi.tensor.cpu.vector.Lanes.load;
import static org.openmoshi.tensor.cpu.vector.Lanes.store;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import org.openmoshi.tensor.cpu.Parallel;
import org.openmoshi.tensor.cpu.vector.Scratch.Use;

/**
 * Gradients of {@link AttentionKernel}: the probabilities are computed again block by block from the saved log-sum-exp
 * (Dao et al. 2022, appendix B). One head is one task, so every sum has one order.
 */
public final class AttentionGradKernel {
    private static final int QUERY_BLOCK = 32;
    private static final int KEY_BLOCK = 128;

    private AttentionGradKernel() {}

    /** A strided operand [batch, heads, length, dim]. */
    public record Operand(MemorySegment segment, long offset, long[] strides) {}

    /**
     * With p the probabilities, dv = p^T g; ds = p (g v^T - sum(g out)); dq = scale ds k; dk = scale ds^T q.
     *
     * @param logSumExp contiguous [batch, heads, queries]
     * @param dq contiguous [batch, heads, queries, dim]
     * @param dk contiguous [batch, heads, keys, dim]; dv likewise
     */
    public static void backward(
            AttentionShape shape,
            Operand g,
            Operand q,
            Operand k,
            Operand v,
            Operand out,
            MemorySegment logSumExp,
            long logSumExpOffset,
            MemorySegment dq,
            long dqOffset,
            MemorySegment dk,
            long dkOffset,
            MemorySegment dv,
            long dvOffset) {
        int queries = shape.queries();
        int keys = shape.keys();
        int d = shape.dim();
        int width = BlockProduct.padded(d);
        Parallel.run(shape.batch() * shape.heads(), head -> {
            MemorySegment sums = Scratch.get(Use.VALUE_SUMS, (queries + 2L * keys) * width);
            CopyKernel.fill(sums, 0, (queries + 2L * keys) * width, 0f);
            head(shape, head, g, q, k, v, out, logSumExp, logSumExpOffset + (long) head * queries, sums);
            writeRows(sums, 0, width, shape.scale(), dq, dqOffset + (long) head * queries * d, queries, d);
            long dko = (long) queries * width;
            writeRows(sums, dko, width, 1f, dk, dkOffset + (long) head * keys * d, keys, d);
            long dvo = dko + (long) keys * width;
            writeRows(sums, dvo, width, 1f, dv, dvOffset + (long) head * keys * d, keys, d);
        });
    }

    private static void head(
            AttentionShape shape,
            int head,
            Operand g,
            Operand q,
            Operand k,
            Operand v,
            Operand out,
            MemorySegment logSumExp,
            long lo,
            MemorySegment sums) {
        int queries = shape.queries();
        int keys = shape.keys();
        int d = shape.dim();
        int width = BlockProduct.padded(d);
        long transposed = (long) BlockProduct.padded(keys) * d;
        long direct = (long) keys * width;
        long dk = (long) queries * width;
        long dv = dk + direct;
        // k^T, v^T and k in panels.
        MemorySegment packed = Scratch.get(Use.KEYS_AND_VALUES, 2 * transposed + direct);
        long ko = k.offset() + AttentionKernel.start(shape, head, k.strides());
        long vo = v.offset() + AttentionKernel.start(shape, head, v.strides());
        BlockProduct.pack(k.segment(), ko, k.strides()[3], k.strides()[2], d, keys, packed, 0);
        BlockProduct.pack(v.segment(), vo, v.strides()[3], v.strides()[2], d, keys, packed, transposed);
        BlockProduct.pack(k.segment(), ko, k.strides()[2], k.strides()[3], keys, d, packed, 2 * transposed);
        long qo = q.offset() + AttentionKernel.start(shape, head, q.strides());
        long go = g.offset() + AttentionKernel.start(shape, head, g.strides());
        long oo = out.offset() + AttentionKernel.start(shape, head, out.strides());
        // Scaled queries and output gradients as rows, then both in panels, then the rows of out and their products.
        MemorySegment query = Scratch.get(Use.QUERIES, QUERY_BLOCK * (3L * d + 2L * width + 1));
        long gradRows = (long) QUERY_BLOCK * d;
        long queryPanels = 2 * gradRows;
        long gradPanels = queryPanels + (long) QUERY_BLOCK * width;
        long outRows = gradPanels + (long) QUERY_BLOCK * width;
        MemorySegment scores = Scratch.get(Use.SCORES, 2L * QUERY_BLOCK * KEY_BLOCK);
        long dp = (long) QUERY_BLOCK * KEY_BLOCK;
        long panel = (long) BlockProduct.PANEL * d;
        for (int first = 0; first < queries; first += QUERY_BLOCK) {
            int rows = Math.min(QUERY_BLOCK, queries - first);
            AttentionKernel.scaledRows(
                    q.segment(), qo + first * q.strides()[2], q.strides(), rows, d, shape.scale(), query, 0);
            AttentionKernel.scaledRows(
                    g.segment(), go + first * g.strides()[2], g.strides(), rows, d, 1f, query, gradRows);
            AttentionKernel.scaledRows(
                    out.segment(), oo + first * out.strides()[2], out.strides(), rows, d, 1f, query, outRows);
            BlockProduct.pack(query, 0, d, 1, rows, d, query, queryPanels);
            BlockProduct.pack(query, gradRows, d, 1, rows, d, query, gradPanels);
            int end = shape.endKey(first + rows - 1);
            int begin = shape.firstKey(first) / BlockProduct.PANEL * BlockProduct.PANEL;
            for (int key = begin; key < end; key += KEY_BLOCK) {
                int count = Math.min(KEY_BLOCK, end - key);
                int padded = BlockProduct.padded(count);
                BlockProduct.multiply(
                        rows, count, d, query, 0, d, 1, packed, (long) key * d, panel, scores, 0, KEY_BLOCK, false);
                BlockProduct.multiply(
                        rows,
                        count,
                        d,
                        query,
                        gradRows,
                        d,
                        1,
                        packed,
                        transposed + (long) key * d,
                        panel,
                        scores,
                        dp,
                        KEY_BLOCK,
                        false);
                for (int r = 0; r < rows; r++) {
                    long so = (long) r * KEY_BLOCK;
                    int from = shape.firstKey(first + r) - key;
                    int to = shape.endKey(first + r) - key;
                    AttentionKernel.mask(scores, so, from, to, padded, keys - key);
                    // The softmax of a single key is constant: rounding must not make a gradient that Adam would blow
                    // up.
                    float delta = to - from == 1 && from >= 0 && from < count
                            ? Lanes.get(scores, dp + so + from)
                            : (float) RowSums.dot(query, gradRows + (long) r * d, query, outRows + (long) r * d, d);
                    probabilities(scores, so, dp + so, padded, Lanes.get(logSumExp, lo + first + r), delta);
                }
                BlockProduct.multiply(
                        count,
                        d,
                        rows,
                        scores,
                        0,
                        1,
                        KEY_BLOCK,
                        query,
                        gradPanels,
                        (long) BlockProduct.PANEL * rows,
                        sums,
                        dv + (long) key * width,
                        width,
                        true);
                BlockProduct.multiply(
                        count,
                        d,
                        rows,
                        scores,
                        dp,
                        1,
                        KEY_BLOCK,
                        query,
                        queryPanels,
                        (long) BlockProduct.PANEL * rows,
                        sums,
                        dk + (long) key * width,
                        width,
                        true);
                BlockProduct.multiply(
                        rows,
                        d,
                        count,
                        scores,
                        dp,
                        KEY_BLOCK,
                        1,
                        packed,
                        2 * transposed + (long) key * BlockProduct.PANEL,
                        (long) BlockProduct.PANEL * keys,
                        sums,
                        (long) first * width,
                        width,
                        true);
            }
        }
    }

    /** From scores and g v^T: p = e^(score - logSumExp) in the place of the scores, p (g v^T - delta) in the other. */
    private static void probabilities(MemorySegment scores, long so, long dp, int n, float logSumExp, float delta) {
        for (int i = 0; i < n; i += L) {
            FloatVector p = VectorMath.expOfModerate(load(scores, so + i).sub(logSumExp));
            store(p, scores, so + i);
            store(load(scores, dp + i).sub(delta).mul(p), scores, dp + i);
        }
    }

    /** Copies the first d of each padded row, scaled. */
    private static void writeRows(
            MemorySegment x, long xo, int width, float scale, MemorySegment y, long yo, int rows, int d) {
        for (int r = 0; r < rows; r++) {
            long from = xo + (long) r * width;
            for (int i = 0; i < width; i += L) {
                store(load(x, from + i).mul(scale), x, from + i);
            }
            Lanes.copy(x, from, y, yo + (long) r * d, d);
        }
    }
}
