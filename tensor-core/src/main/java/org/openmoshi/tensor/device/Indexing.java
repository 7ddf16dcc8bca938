package org.openmoshi.tensor.device;

import java.util.Arrays;
import org.openmoshi.tensor.ComputeOp.EmbeddingGrad;
import org.openmoshi.tensor.ComputeOp.Gather;
import org.openmoshi.tensor.ComputeOp.IndexAdd;
import org.openmoshi.tensor.ComputeOp.IndexSelect;
import org.openmoshi.tensor.ComputeOp.OneHot;
import org.openmoshi.tensor.ComputeOp.ScatterAdd;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;

/** Picking and adding by index ({@code gather.h}, {@code one_hot.h}, {@code uses.h}, {@code index_add.h}). */
final class Indexing {
    /** Elements of a result that a device adds up at a time, each looking through all indices of its line. */
    private static final long SCANNED = 1 << 15;

    private Indexing() {}

    static void gather(Gather op, Work work) {
        pick(work, work.in(0), op.axis(), work.in(1), work.in(1).strides(), false);
    }

    static void indexSelect(IndexSelect op, Work work) {
        long[] along = new long[work.out(0).rank()];
        along[op.axis()] = work.in(1).stride(0);
        pick(work, work.in(0), op.axis(), work.in(1), along, false);
    }

    /** The table's rows are picked along an axis that the index's axes take the place of. */
    static void embedding(Work work) {
        Tensor index = work.in(0);
        Tensor table = work.in(1);
        int last = index.rank();
        long[] strides = new long[last + 1];
        strides[last] = table.stride(1);
        pick(work, table, strides, table.dim(0), table.stride(0), index, extend(index.strides()), true);
    }

    /** Strides for one more axis along which nothing changes. */
    private static long[] extend(long... strides) {
        return Arrays.copyOf(strides, strides.length + 1);
    }

    private static void pick(Work work, Tensor x, int axis, Tensor index, long[] indexStrides, boolean negative) {
        long[] strides = x.strides().clone();
        strides[axis] = 0;
        pick(work, x, strides, x.dim(axis), x.stride(axis), index, indexStrides, negative);
    }

    private static void pick(
            Work work,
            Tensor x,
            long[] strides,
            long size,
            long stride,
            Tensor index,
            long[] indexStrides,
            boolean negative) {
        Tensor out = work.out(0);
        Strides layouts = new Strides(out.shape(), strides, indexStrides);
        Launch launch = work.kernel("gather", Copies.bytes(out.dtype()), "gather")
                .tensor(out)
                .tensor(x);
        layouts.pass(launch, 0).tensor(index);
        layouts.pass(launch, 1)
                .integer(size)
                .integer(stride)
                .integer(negative ? 1 : 0)
                .dense(work.faults())
                .integer(out.size())
                .elements(out.size());
    }

    static void oneHot(OneHot op, Work work) {
        Tensor out = work.out(0);
        Block index = work.dense(0);
        work.kernel("one_hot", out.dtype(), "one_hot")
                .tensor(out)
                .dense(index)
                .integer(op.classes())
                .dense(work.faults())
                .integer(out.size())
                .elements(out.size());
    }

    static void scatterAdd(ScatterAdd op, Work work) {
        Tensor out = work.out(0);
        Shape source = work.in(0).shape();
        Block src = work.dense(0);
        Block index = work.dense(1);
        if (out.size() > SCANNED) {
            scatterLines(op, work, src, index);
            return;
        }
        work.kernel("index_add", out.dtype(), "scatter_add")
                .tensor(out)
                .dense(src)
                .dense(index)
                .integer(source.dim(op.axis()))
                .integer(op.size())
                .integer(source.product(op.axis() + 1, source.rank()))
                .dense(work.faults())
                .integer(out.size())
                .elements(out.size());
    }

    private static void scatterLines(ScatterAdd op, Work work, Block src, Block index) {
        Tensor out = work.out(0);
        Shape source = work.in(0).shape();
        long lines = out.size() / op.size();
        DType sum = out.dtype().isDifferentiable() ? DType.F64 : DType.I64; // Sum of index_add.h
        Block sums = work.scratch(sum, out.size());
        Shape flat = Shape.of(out.size());
        Copies.fill(work, sum, flat, sums, flat.contiguousStrides(), 0);
        work.kernel("index_add", out.dtype(), "scatter_lines")
                .dense(sums)
                .dense(src)
                .dense(index)
                .integer(source.dim(op.axis()))
                .integer(op.size())
                .integer(source.product(op.axis() + 1, source.rank()))
                .dense(work.faults())
                .integer(lines)
                .elements(lines);
        work.kernel("index_add", out.dtype(), "round_sums")
                .tensor(out)
                .dense(sums)
                .integer(out.size())
                .elements(out.size());
    }

    static void indexAdd(IndexAdd op, Work work) {
        Shape source = work.in(0).shape();
        addRows(work, op.size(), source.product(op.axis() + 1, source.rank()), false);
    }

    static void embeddingGrad(EmbeddingGrad op, Work work) {
        addRows(work, op.vocabulary(), work.out(0).dim(1), true);
    }

    /** Adds the first input's rows to those that the second names. */
    private static void addRows(Work work, long size, long inner, boolean negative) {
        Tensor out = work.out(0);
        long count = work.in(1).size();
        Block src = work.dense(0);
        Uses uses = Uses.link(work, work.dense(1), count, size, negative);
        work.kernel("index_add", out.dtype(), "index_add")
                .tensor(out)
                .dense(src)
                .dense(uses.head())
                .dense(uses.next())
                .integer(count)
                .integer(size)
                .integer(inner)
                .integer(out.size())
                .elements(out.size());
    }
}
