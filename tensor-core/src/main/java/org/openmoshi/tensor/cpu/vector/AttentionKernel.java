package org.openmoshi.tensor.cpu.vector;

import static org.openmoshi.tensor.cpu.vector.Lanes.L;
import static org.openmoshi.tensor.cpu.vector.Lanes.load;
import static org.openmoshi.tensor.cpu.vector.Lanes.store;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import org.openmoshi.tensor.cpu.Parallel;
import org.openmoshi.tensor.cpu.vector.Scratch.Use;

/**
 * Scaled dot-product attention without a buffer of queries x keys (Dao et al. 2022): for a block of queries the scores
 * of one block of keys after the other are computed, and the softmax is corrected as the running maximum grows.
 */
public final class AttentionKernel {
    private static final int QUERY_BLOCK = 32;
    static final int KEY_BLOCK = 256;

    private AttentionKernel() {}

    /**
     * out = softmax(scale q k^T) v over the keys that a query sees, and the logarithm of the sum of its exponentials.
     *
     * @param q elements (b, h, t, d) at qOffset + b qStrides[0] + h qStrides[1] + t qStrides[2] + d qStrides[3]; k and
     *     v likewise
     * @param out contiguous [batch, heads, queries, dim]
     * @param logSumExp contiguous [batch, heads, queries]
     */
    public static void forward(
            AttentionShape shape,
            MemorySegment q,
            long qOffset,
            long[] qStrides,
            MemorySegment k,
            long kOffset,
            long[] kStrides,
            MemorySegment v,
            long vOffset,
            long[] vStrides,
            MemorySegment out,
            long outOffset,
            MemorySegment logSumExp,
            long logSumExpOffset) {
        int heads = shape.batch() * shape.heads();
        int d = shape.dim();
        int keys = shape.keys();
        int queries = shape.queries();
        long keyPanels = (long) BlockProduct.padded(keys) * d;
        long valuePanels = (long) keys * BlockProduct.padded(d);
        MemorySegment packed = Scratch.get(Use.KEYS_AND_VALUES, heads * (keyPanels + valuePanels));
        Parallel.run(heads, head -> {
            long at = head * (keyPanels + valuePanels);
            long ko = kOffset + start(shape, head, kStrides);
            long vo = vOffset + start(shape, head, vStrides);
            BlockProduct.pack(k, ko, kStrides[3], kStrides[2], d, keys, packed, at);
            BlockProduct.pack(v, vo, vStrides[2], vStrides[3], keys, d, packed, at + keyPanels);
        });
        int blocks = (queries + QUERY_BLOCK - 1) / QUERY_BLOCK;
        Parallel.run(heads * blocks, task -> {
            int head = task / blocks;
            int first = task % blocks * QUERY_BLOCK;
            int rows = Math.min(QUERY_BLOCK, queries - first);
            long row = (long) head * queries + first;
            long qo = qOffset + start(shape, head, qStrides) + first * qStrides[2];
            long at = head * (keyPanels + valuePanels);
            queryBlock(
                    shape,
                    first,
                    rows,
                    q,
                    qo,
                    qStrides,
                    packed,
                    at,
                    at + keyPanels,
                    out,
                    outOffset + row * d,
                    logSumExp,
                    logSumExpOffset + row);
        });
    }

    /**
     * Where the first block of keys begins for the query at a step of a causal sequence with as many queries as keys.
     * {@link RingAttentionKernel} takes the same blocks, or its sums would have other bits.
     */
    static long firstBlock(long step, int context) {
        long first = step / QUERY_BLOCK * QUERY_BLOCK; // of the query's block
        return Math.max(0, first - context + 1) / BlockProduct.PANEL * BlockProduct.PANEL;
    }

    /** Position of a head's first element. */
    static long start(AttentionShape shape, int head, long[] strides) {
        return head / shape.heads() * strides[0] + head % shape.heads() * strides[1];
    }

    private static void queryBlock(
            AttentionShape shape,
            int first,
            int rows,
            MemorySegment q,
            long qo,
            long[] qStrides,
            MemorySegment packed,
            long keyPanels,
            long valuePanels,
            MemorySegment out,
            long oo,
            MemorySegment logSumExp,
            long lo) {
        int d = shape.dim();
        int keys = shape.keys();
        int width = BlockProduct.padded(d);
        MemorySegment query = Scratch.get(Use.QUERIES, (long) QUERY_BLOCK * d);
        scaledRows(q, qo, qStrides, rows, d, shape.scale(), query, 0);
        MemorySegment scores = Scratch.get(Use.SCORES, (long) QUERY_BLOCK * KEY_BLOCK);
        // Sums of the weighted values, then each row's maximum and sum of exponentials.
        MemorySegment sums = Scratch.get(Use.VALUE_SUMS, (long) QUERY_BLOCK * (width + 2));
        long maxima = (long) QUERY_BLOCK * width;
        long totals = maxima + QUERY_BLOCK;
        CopyKernel.fill(sums, 0, maxima, 0f);
        CopyKernel.fill(sums, maxima, QUERY_BLOCK, Float.NEGATIVE_INFINITY);
        CopyKernel.fill(sums, totals, QUERY_BLOCK, 0f);
        int end = shape.endKey(first + rows - 1);
        int begin = shape.firstKey(first) / BlockProduct.PANEL * BlockProduct.PANEL; // see firstBlock
        for (int key = begin; key < end; key += KEY_BLOCK) {
            int count = Math.min(KEY_BLOCK, end - key);
            BlockProduct.multiply(
                    rows,
                    count,
                    d,
                    query,
                    0,
                    d,
                    1,
                    packed,
                    keyPanels + (long) key * d,
                    (long) BlockProduct.PANEL * d,
                    scores,
                    0,
                    KEY_BLOCK,
                    false);
            int padded = BlockProduct.padded(count);
            for (int r = 0; r < rows; r++) {
                long so = (long) r * KEY_BLOCK;
                mask(scores, so, shape.firstKey(first + r) - key, shape.endKey(first + r) - key, padded, keys - key);
                float max = Lanes.get(sums, maxima + r);
                float newMax = Math.max(max, RowSums.max(scores, so, padded));
                if (newMax == Float.NEGATIVE_INFINITY) {
                    CopyKernel.fill(scores, so, padded, 0f);
                    continue;
                }
                float total = SoftmaxKernel.exponentials(scores, so, scores, so, padded, newMax);
                if (max == newMax) {
                    Lanes.set(sums, totals + r, Lanes.get(sums, totals + r) + total);
                } else {
                    float correction = (float) Math.exp(max - newMax);
                    Lanes.set(sums, totals + r, Lanes.get(sums, totals + r) * correction + total);
                    Lanes.set(sums, maxima + r, newMax);
                    scale(sums, (long) r * width, width, correction);
                }
            }
            BlockProduct.multiply(
                    rows,
                    d,
                    count,
                    scores,
                    0,
                    KEY_BLOCK,
                    1,
                    packed,
                    valuePanels + (long) key * BlockProduct.PANEL,
                    (long) BlockProduct.PANEL * keys,
                    sums,
                    0,
                    width,
                    true);
        }
        for (int r = 0; r < rows; r++) {
            float total = Lanes.get(sums, totals + r);
            scale(sums, (long) r * width, width, 1 / total);
            Lanes.copy(sums, (long) r * width, out, oo + (long) r * d, d);
            Lanes.set(logSumExp, lo + r, (float) (Lanes.get(sums, maxima + r) + Math.log(total)));
        }
    }

    /** The rows of one block of queries or output gradients, dense and multiplied by the scale. */
    static void scaledRows(
            MemorySegment x, long offset, long[] strides, int rows, int d, float scale, MemorySegment to, long at) {
        for (int r = 0; r < rows; r++) {
            long xo = offset + r * strides[2];
            for (int i = 0; i < d; i++) {
                Lanes.set(to, at + (long) r * d + i, Lanes.get(x, xo + i * strides[3]) * scale);
            }
        }
    }

    /**
     * Sets the scores outside of [from, to) to minus infinity.
     *
     * @param keys how many keys there are from the row's first one on; panels reach beyond them
     */
    static void mask(MemorySegment scores, long so, int from, int to, int n, int keys) {
        for (int i = 0; i < Math.min(from, n); i++) {
            Lanes.set(scores, so + i, Float.NEGATIVE_INFINITY);
        }
        for (int i = Math.max(0, Math.min(to, keys)); i < n; i++) {
            Lanes.set(scores, so + i, Float.NEGATIVE_INFINITY);
        }
    }

    private static void scale(MemorySegment x, long xo, int n, float factor) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = load(x, xo + i);
            store(v.mul(factor), x, xo + i);
        }
    }
}
