package org.openmoshi.tensor.device;

import org.openmoshi.tensor.ComputeOp.RingAttention;
import org.openmoshi.tensor.Tensor;

/** Keys and values of streams in rings ({@code ring.h}). */
final class Rings {
    private static final int ITEMS = 64; // COLUMNS in ring.h

    private Rings() {}

    // (ring [B, H, S, D], x [B, H, T, D], position [B])
    static void write(Work work) {
        Tensor ring = work.in(0);
        Tensor x = work.in(1);
        Block source = x.storage() == ring.storage() ? work.copy(x, x.shape(), x.strides()) : Block.of(x);
        long[] strides = x.storage() == ring.storage() ? x.shape().contiguousStrides() : x.strides();
        Block positions = work.dense(2);
        work.kernel("ring", ring.dtype(), "ring_write")
                .tensor(ring)
                .layout(ring.shape(), ring.strides())
                .dense(source)
                .layout(x.shape(), strides)
                .dense(positions)
                .integer(x.size())
                .elements(x.size());
    }

    // (q [B, H, T, D], keys [B, H, S, D], values [B, H, S, D], position [B]) -> out [B, H, T, D]
    static void attention(RingAttention op, Work work) {
        Tensor q = work.in(0);
        Tensor keys = work.in(1);
        Tensor values = work.in(2);
        Block positions = work.dense(3);
        long rows = q.dim(0) * q.dim(1) * q.dim(2);
        long slabs = Math.ceilDiv(q.dim(3), ITEMS);
        work.kernel("ring", q.dtype(), "ring_attention")
                .tensor(work.out(0))
                .tensor(q)
                .layout(q.shape(), q.strides())
                .tensor(keys)
                .layout(keys.shape(), keys.strides())
                .tensor(values)
                .layout(values.shape(), values.strides())
                .dense(positions)
                .integer(op.context())
                .real(op.scale())
                .groups(rows, slabs, 1, ITEMS);
    }
}
