package org.openmoshi.tensor.cpu.scalar;

import org.openmoshi.tensor.Shape;

/** The lines of a dense array along one axis: how many, how long, and where their elements are. */
record Lines(long count, long length, long inner) {
    Lines(Shape shape, int axis) {
        this(
                shape.size() == 0 ? 0 : shape.size() / shape.dim(axis),
                shape.dim(axis),
                shape.product(axis + 1, shape.rank()));
    }

    /** Index in the array of element j of a line. */
    long at(long line, long j) {
        return (line / inner * length + j) * inner + line % inner;
    }
}
