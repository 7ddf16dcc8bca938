package org.openmoshi.tensor;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Operations that make another layout over the same storage and compute nothing. */
public sealed interface ViewOp extends Op {
    /** The view of {@code x}: an independent handle on the same storage. */
    Tensor view(Tensor x);

    /** Another shape of the same size; the input must be viewable so (contiguous input always is). */
    record Reshape(Shape shape) implements ViewOp {
        @Override
        public Tensor view(Tensor x) {
            if (shape.size() != x.size()) {
                throw new IllegalArgumentException(
                        "Reshape: " + x.shape() + " has " + x.size() + " elements, " + shape + " has " + shape.size());
            }
            long[] strides = strides(x, shape);
            if (strides == null) {
                throw new IllegalArgumentException("Reshape: a strided tensor of shape " + x.shape() + " and strides "
                        + Arrays.toString(x.strides()) + " is no view of shape " + shape + "; call contiguous() first");
            }
            return x.view(shape, strides, x.offset());
        }

        /** Strides of the new shape over the old layout, or null when only a copy can have that shape. */
        static long @Nullable [] strides(Tensor x, Shape to) {
            if (x.isContiguous() || x.size() == 0) {
                return to.contiguousStrides();
            }
            Shape from = x.shape();
            long[] old = x.strides();
            long[] strides = new long[to.rank()];
            int i = from.rank() - 1;
            int j = to.rank() - 1;
            while (i >= 0 || j >= 0) {
                // group the fewest trailing axes of both shapes that have equal products
                long have = i >= 0 ? from.dim(i) : 1;
                long want = j >= 0 ? to.dim(j) : 1;
                int i0 = i;
                int j0 = j;
                while (have != want) {
                    if (have < want) {
                        have *= from.dim(--i);
                    } else {
                        want *= to.dim(--j);
                    }
                }
                long stride = i0 >= 0 ? old[i0] : 1;
                long span = stride;
                boolean first = true;
                for (int a = i0; a >= Math.max(i, 0); a--) {
                    if (from.dim(a) == 1) {
                        continue;
                    }
                    if (first) {
                        stride = old[a];
                        first = false;
                    } else if (old[a] != span) {
                        return null;
                    }
                    span = old[a] * from.dim(a);
                }
                long step = stride;
                for (int a = j0; a >= Math.max(j, 0); a--) {
                    strides[a] = step;
                    step *= to.dim(a);
                }
                i--;
                j--;
            }
            return strides;
        }
    }

    /** Axes in another order: axis i of the result is axis {@code axes.get(i)} of the input. */
    record Permute(Axes axes) implements ViewOp {
        @Override
        public Tensor view(Tensor x) {
            int rank = x.rank();
            if (axes.count() != rank) {
                throw new IllegalArgumentException("Permute: " + axes + " does not fit shape " + x.shape());
            }
            long[] dims = new long[rank];
            long[] strides = new long[rank];
            long[] old = x.strides();
            for (int i = 0; i < rank; i++) {
                dims[i] = x.dim(axes.get(i));
                strides[i] = old[axes.get(i)];
            }
            return x.view(Shape.wrap(dims), strides, x.offset());
        }
    }

    /** Broadcasts to a larger shape with stride 0. */
    record Expand(Shape shape) implements ViewOp {
        @Override
        public Tensor view(Tensor x) {
            if (!Shape.broadcast("Expand", x.shape(), shape).equals(shape)) {
                throw new IllegalArgumentException("Expand: shape " + x.shape() + " does not broadcast to " + shape);
            }
            return x.view(shape, strides(x.shape(), x.strides(), shape), x.offset());
        }

        /** The strides that elements of a shape have when broadcast to another, which must fit: 0 along repeated axes. */
        public static long[] strides(Shape from, long[] fromStrides, Shape to) {
            long[] strides = new long[to.rank()];
            int shift = to.rank() - from.rank();
            for (int i = shift; i < strides.length; i++) {
                strides[i] = from.dim(i - shift) == 1 && to.dim(i) != 1 ? 0 : fromStrides[i - shift];
            }
            return strides;
        }
    }

    /** Elements start, start + step, ... of one axis, {@code length} of them; step is positive. */
    record Slice(int axis, long start, long length, long step) implements ViewOp {
        @Override
        public Tensor view(Tensor x) {
            long dim = x.dim(axis);
            if (start < 0 || length < 0 || step < 1 || (length > 0 && start + (length - 1) * step >= dim)) {
                throw new IllegalArgumentException("Slice: start " + start + ", length " + length + ", step " + step
                        + " is outside axis " + axis + " of shape " + x.shape());
            }
            long[] strides = x.strides();
            long offset = x.offset() + (length == 0 ? 0 : start * strides[axis]);
            strides[axis] *= step;
            return x.view(x.shape().with(axis, length), strides, offset);
        }
    }
}
