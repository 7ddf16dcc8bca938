package org.openmoshi.tensor;

import java.util.Arrays;

/** An immutable list of dimension sizes. A scalar has rank 0 and size 1. */
public final class Shape {
    /** The shape of a scalar. */
    public static final Shape SCALAR = new Shape(new long[0]);

    private final long[] dims;
    private final long size;

    private Shape(long[] dims) {
        this.dims = dims;
        long product = 1;
        for (long dim : dims) {
            if (dim < 0) {
                throw new IllegalArgumentException("negative dimension in shape " + Arrays.toString(dims));
            }
            product = Math.multiplyExact(product, dim);
        }
        this.size = product;
    }

    /** A shape of the given sizes (copied). */
    public static Shape of(long... dims) {
        return dims.length == 0 ? SCALAR : new Shape(dims.clone());
    }

    /** Wraps an array that the caller gives up. */
    static Shape wrap(long[] dims) {
        return new Shape(dims);
    }

    /** Number of dimensions. */
    public int rank() {
        return dims.length;
    }

    /** Number of elements. */
    public long size() {
        return size;
    }

    /** Size of a dimension; negative axes count from the end. */
    public long dim(int axis) {
        return dims[axis(axis)];
    }

    /** Size of a dimension as an int; throws if it does not fit. */
    public int intDim(int axis) {
        return Math.toIntExact(dim(axis));
    }

    /** Resolves a negative axis and checks the range. */
    public int axis(int axis) {
        int resolved = axis < 0 ? axis + dims.length : axis;
        if (resolved < 0 || resolved >= dims.length) {
            throw new IllegalArgumentException("axis " + axis + " is outside shape " + this);
        }
        return resolved;
    }

    /** A copy of the sizes. */
    public long[] toArray() {
        return dims.clone();
    }

    /** This shape with one dimension replaced. */
    public Shape with(int axis, long size) {
        long[] copy = dims.clone();
        copy[axis(axis)] = size;
        return new Shape(copy);
    }

    /** This shape without one dimension. */
    public Shape without(int axis) {
        int drop = axis(axis);
        long[] copy = new long[dims.length - 1];
        for (int i = 0, j = 0; i < dims.length; i++) {
            if (i != drop) {
                copy[j++] = dims[i];
            }
        }
        return new Shape(copy);
    }

    /** This shape with a dimension inserted before {@code axis} (0..rank). */
    public Shape insert(int axis, long size) {
        int at = axis < 0 ? axis + dims.length + 1 : axis;
        long[] copy = new long[dims.length + 1];
        System.arraycopy(dims, 0, copy, 0, at);
        copy[at] = size;
        System.arraycopy(dims, at, copy, at + 1, dims.length - at);
        return new Shape(copy);
    }

    /** Product of the sizes of axes {@code from} (inclusive) to {@code to} (exclusive). */
    public long product(int from, int to) {
        long product = 1;
        for (int i = from; i < to; i++) {
            product *= dims[i];
        }
        return product;
    }

    /** Row-major strides, in elements. */
    public long[] contiguousStrides() {
        long[] strides = new long[dims.length];
        long stride = 1;
        for (int i = dims.length - 1; i >= 0; i--) {
            strides[i] = stride;
            stride *= Math.max(dims[i], 1);
        }
        return strides;
    }

    /**
     * The common shape of two operands under NumPy's broadcasting rules.
     *
     * @throws IllegalArgumentException naming both shapes and the operation when they do not fit
     */
    public static Shape broadcast(Object operation, Shape a, Shape b) {
        if (a.equals(b)) {
            return a;
        }
        int rank = Math.max(a.rank(), b.rank());
        long[] dims = new long[rank];
        for (int i = 0; i < rank; i++) {
            int ai = i - rank + a.rank();
            int bi = i - rank + b.rank();
            long da = ai < 0 ? 1 : a.dims[ai];
            long db = bi < 0 ? 1 : b.dims[bi];
            if (da != db && da != 1 && db != 1) {
                throw new IllegalArgumentException(operation + ": shapes " + a + " and " + b + " do not broadcast");
            }
            dims[i] = da == 1 ? db : da;
        }
        return new Shape(dims);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Shape shape && Arrays.equals(dims, shape.dims);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(dims);
    }

    @Override
    public String toString() {
        return Arrays.toString(dims);
    }
}
