package org.openmoshi.tensor.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.openmoshi.tensor.ComputeOp.*;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.cpu.vector.BinaryKernel;
import org.openmoshi.tensor.cpu.vector.CompareKernel;
import org.openmoshi.tensor.cpu.vector.CopyKernel;
import org.openmoshi.tensor.cpu.vector.ReduceKernel;
import org.openmoshi.tensor.cpu.vector.SquareSumKernel;
import org.openmoshi.tensor.cpu.vector.UnaryGradKernel;
import org.openmoshi.tensor.cpu.vector.UnaryKernel;
import org.openmoshi.tensor.cpu.vector.WhereKernel;

/** Hands float32 tensors of elementwise operations and reductions to their kernels. */
final class VectorElementwise {
    private VectorElementwise() {}

    static void unary(Unary op, Tensor x, Tensor y) {
        MemorySegment from = x.segment();
        long offset = x.offset();
        if (!x.isContiguous()) {
            copy(x, y);
            from = y.segment();
            offset = y.offset();
        }
        UnaryKernel.apply(op.kind(), (float) op.a(), (float) op.b(), from, offset, y.segment(), y.offset(), y.size());
    }

    static void unaryGrad(UnaryGrad op, Tensor g, Tensor saved, Tensor dx) {
        try (DenseOperand u = DenseOperand.of(g);
                DenseOperand v = DenseOperand.of(saved)) {
            UnaryGradKernel.apply(
                    op.kind(),
                    (float) op.a(),
                    (float) op.b(),
                    v.segment(),
                    v.offset(),
                    u.segment(),
                    u.offset(),
                    dx.segment(),
                    dx.offset(),
                    dx.size());
        }
    }

    static void binary(Binary op, Tensor a, Tensor b, Tensor y) {
        Shape shape = y.shape();
        BinaryKernel.apply(
                op.kind(),
                a.segment(),
                a.offset(),
                broadcast(a, shape),
                b.segment(),
                b.offset(),
                broadcast(b, shape),
                y.segment(),
                y.offset(),
                shape.toArray());
    }

    static void compare(Compare op, Tensor a, Tensor b, Tensor y) {
        Shape shape = y.shape();
        CompareKernel.apply(
                op.relation(),
                a.segment(),
                a.offset(),
                broadcast(a, shape),
                b.segment(),
                b.offset(),
                broadcast(b, shape),
                y.segment(),
                y.offset(),
                shape.toArray());
    }

    static void where(Tensor condition, Tensor a, Tensor b, Tensor y) {
        Shape shape = y.shape();
        WhereKernel.apply(
                condition.segment(),
                condition.offset(),
                broadcast(condition, shape),
                a.segment(),
                a.offset(),
                broadcast(a, shape),
                b.segment(),
                b.offset(),
                broadcast(b, shape),
                y.segment(),
                y.offset(),
                shape.toArray());
    }

    /** y = x, broadcast to y's shape. */
    static void copy(Tensor x, Tensor y) {
        CopyKernel.copy(
                x.segment(),
                x.offset(),
                broadcast(x, y.shape()),
                y.segment(),
                y.offset(),
                y.strides(),
                y.shape().toArray());
    }

    static void reduce(Reduce op, Tensor x, Tensor y) {
        boolean[] reduced = new boolean[x.rank()];
        for (int d = 0; d < reduced.length; d++) {
            reduced[d] = op.axes().contains(d);
        }
        ReduceKernel.apply(
                op.kind(), x.segment(), x.offset(), x.shape().toArray(), x.strides(), reduced, y.segment(), y.offset());
    }

    // (x0, x1, ...) -> F64 []
    static void globalNorm(Tensor[] in, Tensor y) {
        double sum = 0;
        for (Tensor x : in) {
            try (DenseOperand dense = DenseOperand.of(x)) {
                sum += SquareSumKernel.apply(dense.segment(), dense.offset(), x.size());
            }
        }
        y.segment().setAtIndex(ValueLayout.JAVA_DOUBLE, y.offset(), Math.sqrt(sum));
    }

    /** The strides of x read as the larger shape, 0 where it is broadcast. */
    static long[] broadcast(Tensor x, Shape shape) {
        long[] strides = new long[shape.rank()];
        int shift = shape.rank() - x.rank();
        for (int d = shift; d < strides.length; d++) {
            strides[d] = x.dim(d - shift) == 1 ? 0 : x.stride(d - shift);
        }
        return strides;
    }
}
