package org.openmoshi.tensor.cpu.vector;

import static org.openmoshi.tensor.cpu.vector.Lanes.L;
import static org.openmoshi.tensor.cpu.vector.Lanes.load;
import static org.openmoshi.tensor.cpu.vector.Lanes.store;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import org.openmoshi.tensor.cpu.Parallel;
import org.openmoshi.tensor.cpu.vector.AttentionGradKernel.Operand;
import org.openmoshi.tensor.cpu.vector.Scratch.Use;

/**
 * Attention of a few queries per head over the rings of a stream. Every query is computed as {@link AttentionKernel}
 * computes it in a whole sequence: over the same blocks of steps, with the same order of every sum, so that the results
 * have the same bits. A block begins at a multiple of {@link BlockProduct#PANEL} steps, which is a multiple of the lanes,
 * so a vector of keys never reaches over the end of a ring of whole vectors.
 */
public final class RingAttentionKernel {
    /** Columns of a head that are summed at a time. */
    private static final int COLUMNS = 4 * L;

    private RingAttentionKernel() {}

    /** Whether rings lie so that this kernel reads whole vectors: keys step by step, values column by column. */
    public static boolean takes(long slots, long keyStepStride, long valueColumnStride) {
        return slots % BlockProduct.PANEL == 0 && keyStepStride == 1 && valueColumnStride == 1;
    }

    /**
     * out = softmax(scale q k^T) v over the steps that a query sees.
     *
     * @param q [batch, heads, queries, d]
     * @param keys [batch, heads, slots, d], stride 1 between slots
     * @param values [batch, heads, slots, d], stride 1 between columns
     * @param positions int64 [batch]
     * @param out contiguous [batch, heads, queries, d]
     */
    public static void forward(
            int context,
            float scale,
            Operand q,
            Operand keys,
            Operand values,
            MemorySegment positions,
            long positionsOffset,
            MemorySegment out,
            long outOffset,
            int batch,
            int heads,
            int queries,
            int slots,
            int d) {
        Parallel.run(batch * heads, head -> {
            long position = Lanes.getLong(positions, positionsOffset + head / heads);
            long qo = start(q, head, heads);
            long ko = start(keys, head, heads);
            long vo = start(values, head, heads);
            int padded = (d + COLUMNS - 1) / COLUMNS * COLUMNS;
            MemorySegment query = Scratch.get(Use.QUERIES, d);
            MemorySegment sums = Scratch.get(Use.VALUE_SUMS, padded);
            for (int t = 0; t < queries; t++) {
                long at = qo + t * q.strides()[2];
                for (int i = 0; i < d; i++) {
                    Lanes.set(query, i, Lanes.get(q.segment(), at + i * q.strides()[3]) * scale);
                }
                CopyKernel.fill(sums, 0, padded, 0f);
                row(context, position + t, query, keys, ko, values, vo, slots, d, sums);
                Lanes.copy(sums, 0, out, outOffset + ((long) head * queries + t) * d, d);
            }
        });
    }

    private static long start(Operand x, int head, int heads) {
        return x.offset() + head / heads * x.strides()[0] + head % heads * x.strides()[1];
    }

    /** The query at step {@code present}; sums [d, rounded up to COLUMNS] becomes its result. */
    private static void row(
            int context,
            long present,
            MemorySegment query,
            Operand keys,
            long ko,
            Operand values,
            long vo,
            int slots,
            int d,
            MemorySegment sums) {
        int block = AttentionKernel.KEY_BLOCK;
        MemorySegment scores = Scratch.get(Use.SCORES, block);
        long from = Math.max(0, present - context + 1);
        float max = Float.NEGATIVE_INFINITY;
        float total = 0;
        for (long key = AttentionKernel.firstBlock(present, context); key <= present; key += block) {
            if (key + block <= from) {
                continue;
            }
            int count = (int) Math.min(block, present + 1 - key);
            int padded = BlockProduct.padded(count);
            for (int i = 0; i < padded; i += L) {
                scores(query, keys.segment(), ko + (key + i) % slots, keys.strides()[3], d, scores, i);
            }
            AttentionKernel.mask(scores, 0, (int) Math.max(0, from - key), count, padded, count);
            float newMax = Math.max(max, RowSums.max(scores, 0, padded));
            float blockTotal = SoftmaxKernel.exponentials(scores, 0, scores, 0, padded, newMax);
            float correction = max == newMax ? 1 : (float) Math.exp(max - newMax);
            total = max == newMax ? total + blockTotal : total * correction + blockTotal;
            max = newMax;
            for (int column = 0; column < d; column += COLUMNS) {
                add(scores, count, key, values, vo, slots, d, column, correction, sums);
            }
        }
        float factor = 1 / total;
        for (int i = 0; i < d; i += L) {
            FloatVector v = load(sums, i);
            store(v.mul(factor), sums, i);
        }
    }

    /** The scores of one vector of keys, which follow each other in memory. */
    private static void scores(
            MemorySegment query, MemorySegment keys, long ko, long columnStride, int d, MemorySegment scores, int at) {
        FloatVector sum = FloatVector.zero(Lanes.F);
        for (int i = 0; i < d; i++) {
            FloatVector k = load(keys, ko + i * columnStride);
            sum = FloatVector.broadcast(Lanes.F, Lanes.get(query, i)).fma(k, sum);
        }
        store(sum, scores, at);
    }

    /** sums = correction sums + the weighted values of a block, for up to COLUMNS columns. */
    private static void add(
            MemorySegment weights,
            int count,
            long key,
            Operand values,
            long vo,
            int slots,
            int d,
            int column,
            float correction,
            MemorySegment sums) {
        long stepStride = values.strides()[2];
        int slot = (int) (key % slots);
        if (d - column < COLUMNS) {
            for (int i = column; i < d; i += L) {
                addVector(weights, count, slot, values.segment(), vo, stepStride, slots, i, d - i, correction, sums);
            }
            return;
        }
        FloatVector s0 = FloatVector.zero(Lanes.F);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        MemorySegment v = values.segment();
        for (int j = 0; j < count; j++) {
            FloatVector weight = FloatVector.broadcast(Lanes.F, Lanes.get(weights, j));
            long at = vo + slot * stepStride + column;
            s0 = weight.fma(load(v, at), s0);
            s1 = weight.fma(load(v, at + L), s1);
            s2 = weight.fma(load(v, at + 2L * L), s2);
            s3 = weight.fma(load(v, at + 3L * L), s3);
            slot = slot + 1 == slots ? 0 : slot + 1;
        }
        store(load(sums, column).mul(correction).add(s0), sums, column);
        store(load(sums, column + L).mul(correction).add(s1), sums, column + L);
        store(load(sums, column + 2 * L).mul(correction).add(s2), sums, column + 2 * L);
        store(load(sums, column + 3 * L).mul(correction).add(s3), sums, column + 3 * L);
    }

    /** The same for up to one vector of columns. */
    private static void addVector(
            MemorySegment weights,
            int count,
            int firstSlot,
            MemorySegment values,
            long vo,
            long stepStride,
            int slots,
            int column,
            int columns,
            float correction,
            MemorySegment sums) {
        var mask = Lanes.first(Math.min(L, columns));
        FloatVector sum = FloatVector.zero(Lanes.F);
        int slot = firstSlot;
        for (int j = 0; j < count; j++) {
            FloatVector weight = FloatVector.broadcast(Lanes.F, Lanes.get(weights, j));
            sum = weight.fma(load(values, vo + slot * stepStride + column, mask), sum);
            slot = slot + 1 == slots ? 0 : slot + 1;
        }
        store(load(sums, column).mul(correction).add(sum), sums, column);
    }
}
