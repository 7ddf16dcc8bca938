package org.openmoshi.tensor.device;

import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.ViewOp;

/** Layouts of the operands of an elementwise kernel, made as short as they can be. */
final class Strides {
    private final long[] sizes;
    private final long[][] strides;
    private int rank;

    /**
     * Merges axes that lie one after the other in every operand, and drops those of size 1: dense operands end with one
     * axis, which kernels index without a division.
     *
     * @param operands the strides of each operand, all of the shape's rank
     */
    Strides(Shape shape, long[]... operands) {
        sizes = new long[shape.rank()];
        strides = new long[operands.length][shape.rank()];
        for (int axis = 0; axis < shape.rank(); axis++) {
            long size = shape.dim(axis);
            if (size == 1) {
                continue;
            }
            if (rank > 0 && continues(axis, size, operands)) {
                sizes[rank - 1] *= size;
            } else {
                sizes[rank++] = size;
            }
            for (int i = 0; i < operands.length; i++) {
                strides[i][rank - 1] = operands[i][axis];
            }
        }
    }

    private boolean continues(int axis, long size, long[]... operands) {
        for (int i = 0; i < operands.length; i++) {
            if (strides[i][rank - 1] != operands[i][axis] * size) {
                return false;
            }
        }
        return true;
    }

    /** The strides of a tensor broadcast to a shape. */
    static long[] expand(Tensor x, Shape shape) {
        return ViewOp.Expand.strides(x.shape(), x.strides(), shape);
    }

    /** How far an operand's neighbours are apart, or the largest number where there is but one element. */
    long lastStride(int operand) {
        return rank == 0 ? Long.MAX_VALUE : Math.abs(strides[operand][rank - 1]);
    }

    /** Number of axes that are left. */
    int rank() {
        return rank;
    }

    /** The stride of an operand along the one axis that is left, 0 when none is. */
    long onlyStride(int operand) {
        return rank == 0 ? 0 : strides[operand][0];
    }

    /** Number of elements. */
    long size() {
        long size = 1;
        for (int axis = 0; axis < rank; axis++) {
            size *= sizes[axis];
        }
        return size;
    }

    /** Passes an operand's layout. */
    Launch pass(Launch launch, int operand) {
        return launch.layout(rank, sizes, strides[operand]);
    }
}
