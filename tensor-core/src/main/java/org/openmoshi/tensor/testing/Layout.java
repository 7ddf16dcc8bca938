package org.openmoshi.tensor.testing;

import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;

/** How the elements of a test input lie in memory: a view of a dense base tensor. */
public enum Layout {
    /** Row-major without gaps. */
    DENSE,
    /** The first two axes exchanged. */
    PERMUTED,
    /** The last two axes exchanged. */
    COLUMNS,
    /** Every second element of the last axis, from the second on, of a larger tensor. */
    SLICED,
    /** The first axis repeated with stride 0. */
    EXPANDED;

    /** The shape of the base of which a view has the given shape. */
    Shape base(Shape shape) {
        return switch (this) {
            case DENSE -> shape;
            case PERMUTED -> swapped(shape, 0, 1);
            case COLUMNS -> swapped(shape, shape.rank() - 2, shape.rank() - 1);
            case SLICED -> shape.with(-1, 2 * shape.dim(-1) + 1);
            case EXPANDED -> shape.with(0, 1);
        };
    }

    /** The view of a base. */
    Tensor view(Tensor base, Shape shape) {
        return switch (this) {
            case DENSE -> base;
            case PERMUTED -> base.transpose(0, 1);
            case COLUMNS -> base.transpose(-2, -1);
            case SLICED -> base.slice(-1, 1, base.dim(-1), 2);
            case EXPANDED -> base.expand(shape);
        };
    }

    private static Shape swapped(Shape shape, int a, int b) {
        long[] dims = shape.toArray();
        dims[a] = shape.dim(b);
        dims[b] = shape.dim(a);
        return Shape.of(dims);
    }
}
