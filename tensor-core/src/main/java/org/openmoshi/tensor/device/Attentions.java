package org.openmoshi.tensor.device;

import static org.openmoshi.tensor.device.Products.TILE;
import static org.openmoshi.tensor.device.Products.TILE_ITEMS;

import org.openmoshi.tensor.ComputeOp.Attention;
import org.openmoshi.tensor.ComputeOp.AttentionGrad;
import org.openmoshi.tensor.ComputeOp.Rope;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Tensor;

/** Attention ({@code attention.h}), its gradient ({@code attention_grad.h}) and rotary positions ({@code rope.h}). */
final class Attentions {
    private static final int DELTA_ITEMS = KernelSource.constant("attention_grad.h", "DELTA_ITEMS");

    /** Items of a group of {@code attention_wmma} and {@code attention_grad_wmma}, and the widest head that they take. */
    static final int TENSOR_CORE_ITEMS = 128;

    private static final long TENSOR_CORE_COLUMNS = 128;

    private Attentions() {}

    // (x [B, H, T, D], optional position [B]) -> [B, H, T, D]
    static void rope(Rope op, Work work) {
        Tensor x = work.in(0);
        Tensor y = work.out(0);
        long steps = x.dim(2);
        long pairs = x.dim(3) / 2;
        boolean positioned = work.count() > 1;
        long items = positioned ? x.dim(0) : 1;
        Block angles = work.scratch(x.dtype(), items * steps * pairs * 2);
        Block positions = positioned ? work.dense(1) : work.noFaults(); // not read without positions
        work.kernel("rope", x.dtype(), "rope_angles")
                .dense(angles)
                .dense(positions)
                .integer(positioned ? 1 : 0)
                .real(op.maxPeriod())
                .integer(op.offset())
                .integer(op.inverse() ? 1 : 0)
                .integer(steps)
                .integer(pairs)
                .integer(items * steps * pairs)
                .elements(items * steps * pairs);
        operand(work.kernel("rope", x.dtype(), "rope").tensor(y), x)
                .dense(angles)
                .integer(items)
                .integer(steps)
                .integer(pairs)
                .integer(y.size() / 2)
                .elements(y.size() / 2);
    }

    // (q [B, H, T, D], k [B, H, S, D], v [B, H, S, D]) -> out [B, H, T, D], logSumExp [B, H, T]
    static void attention(Attention op, Work work) {
        Tensor q = work.in(0);
        boolean tensorCores = onTensorCores(work, q);
        String kernel = tensorCores ? "attention_wmma" : "attention";
        Launch launch =
                work.kernel(kernel, defines(q), kernel).tensor(work.out(0)).tensor(work.out(1));
        operand(operand(operand(launch, q), work.in(1)), work.in(2))
                .integer(op.causal() ? 1 : 0)
                .integer(op.context())
                .real(op.scale())
                .groups(tiles(q), tensorCores ? TENSOR_CORE_ITEMS : TILE_ITEMS);
    }

    // (g [B, H, T, D], q, k, v, out, logSumExp [B, H, T]) -> dq, dk, dv
    static void attentionGrad(AttentionGrad op, Work work) {
        Tensor g = work.in(0);
        Tensor q = work.in(1);
        Tensor k = work.in(2);
        Block logSums = work.dense(5);
        long rows = q.dim(0) * q.dim(1) * q.dim(2);
        Block delta = work.scratch(Reductions.sumType(q.dtype()), rows);
        Launch sums =
                work.kernel("attention_grad", defines(q), "attention_delta").dense(delta);
        operand(operand(sums, g), work.in(4)).groups(rows, DELTA_ITEMS);

        boolean tensorCores = onTensorCores(work, q);
        String suffix = tensorCores ? "_wmma" : "";
        int items = tensorCores ? TENSOR_CORE_ITEMS : TILE_ITEMS;
        Launch queries = work.kernel("attention_grad" + suffix, defines(q), "attention_grad_q" + suffix)
                .tensor(work.out(0));
        gradient(queries, op, work, logSums, delta).groups(tiles(q), items);
        Launch keys = work.kernel("attention_grad" + suffix, defines(q), "attention_grad_kv" + suffix)
                .tensor(work.out(1))
                .tensor(work.out(2));
        gradient(keys, op, work, logSums, delta).groups(tensorCores ? tiles(k, TILE) : tiles(k), items);
    }

    private static boolean onTensorCores(Work work, Tensor q) {
        return work.tensorCores(q.dtype()) && q.dim(3) <= TENSOR_CORE_COLUMNS;
    }

    private static Launch gradient(Launch launch, AttentionGrad op, Work work, Block logSums, Block delta) {
        for (int i = 0; i < 4; i++) {
            operand(launch, work.in(i));
        }
        return launch.dense(logSums)
                .dense(delta)
                .integer(op.causal() ? 1 : 0)
                .integer(op.context())
                .real(op.scale());
    }

    /** Passes a tensor of rank 4 with all its axes. */
    private static Launch operand(Launch launch, Tensor x) {
        return launch.tensor(x).layout(x.shape(), x.strides());
    }

    /** Two blocks of columns fit the registers unless they hold float64. */
    private static boolean twoBlocks(Tensor x) {
        return x.dtype() != DType.F64 && x.dim(3) > TILE;
    }

    private static String defines(Tensor q) {
        return Kernels.type(q.dtype()) + (twoBlocks(q) ? " BLOCKS_2" : "");
    }

    /** Groups that compute a result of x's shape: one per head, tile of rows and slab of columns. */
    private static long tiles(Tensor x) {
        return tiles(x, twoBlocks(x) ? 2 * TILE : TILE);
    }

    private static long tiles(Tensor x, long slab) {
        return x.dim(0) * x.dim(1) * Math.ceilDiv(x.dim(2), TILE) * Math.max(1, Math.ceilDiv(x.dim(3), slab));
    }
}
