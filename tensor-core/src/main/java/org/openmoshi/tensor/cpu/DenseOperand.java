package org.openmoshi.tensor.cpu;

import java.lang.foreign.MemorySegment;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.cpu.vector.CopyKernel;

/**
 * A float32 operand in row-major order: the tensor's own memory where it is dense, a copy that is given back on closing
 * where it is not. Kernels over rows take their operands through it.
 */
final class DenseOperand implements AutoCloseable {
    private final Tensor tensor;
    private final MemorySegment segment;
    private final long offset;
    private final boolean copied;

    private DenseOperand(Tensor tensor, MemorySegment segment, long offset, boolean copied) {
        this.tensor = tensor;
        this.segment = segment;
        this.offset = offset;
        this.copied = copied;
    }

    static DenseOperand of(Tensor x) {
        if (x.isContiguous()) {
            return new DenseOperand(x, x.segment(), x.offset(), false);
        }
        return copy(x, x.shape(), x.strides());
    }

    /** The operand with an axis moved to the end; a copy unless that axis is last already. */
    static DenseOperand withAxisLast(Tensor x, int axis) {
        if (axis == x.rank() - 1) {
            return of(x);
        }
        return copy(x, Shape.of(axisLast(x.shape().toArray(), axis)), axisLast(x.strides(), axis));
    }

    /** Dimensions or strides in the order in which the axis comes last. */
    static long[] axisLast(long[] values, int axis) {
        long[] moved = new long[values.length];
        int j = 0;
        for (int i = 0; i < values.length; i++) {
            if (i != axis) {
                moved[j++] = values[i];
            }
        }
        moved[j] = values[axis];
        return moved;
    }

    private static DenseOperand copy(Tensor x, Shape shape, long[] strides) {
        MemorySegment memory = x.backend().allocate(Math.max(1, x.size()) * Float.BYTES);
        CopyKernel.copy(x.segment(), x.offset(), strides, memory, 0, shape.contiguousStrides(), shape.toArray());
        return new DenseOperand(x, memory, 0, true);
    }

    MemorySegment segment() {
        return segment;
    }

    /** Position of the first element, in elements. */
    long offset() {
        return offset;
    }

    @Override
    public void close() {
        if (copied) {
            tensor.backend().free(segment);
        }
    }
}
