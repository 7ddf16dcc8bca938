package org.openmoshi.tensor.device;

import org.openmoshi.tensor.ComputeOp.Full;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.InPlaceOp.Fill;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.ViewOp;

/** Copying, converting and filling ({@code copy.h}, {@code cast.h}, {@code fill.h}). */
final class Copies {
    private Copies() {}

    /** The macro of kernels that move elements of some bytes whatever they mean. */
    static String bytes(DType dtype) {
        return switch (dtype.bytes()) {
            case 1 -> "BYTES_1";
            case 2 -> "BYTES_2";
            case 4 -> "BYTES_4";
            default -> "BYTES_8";
        };
    }

    /** Copies elements of a type between two layouts of equal sizes. */
    static void strided(
            Work work, DType dtype, long[] sizes, Block from, long[] fromStrides, Block to, long[] toStrides) {
        Shape shape = Shape.of(sizes);
        Strides strides = new Strides(shape, toStrides, fromStrides);
        Launch launch = work.kernel("copy", bytes(dtype), "copy").dense(to);
        strides.pass(launch, 0).dense(from);
        strides.pass(launch, 1).integer(shape.size()).elements(shape.size());
    }

    /** (x) -> dense, of the same or another type. */
    static void copy(Work work) {
        convert(work, work.out(0), work.in(0));
    }

    /** (dst, src): the source is copied first where both share memory. */
    static void copyInto(Work work) {
        Tensor to = work.in(0);
        Tensor from = work.in(1);
        if (to.storage() == from.storage()) {
            Block snapshot = work.copy(from, from.shape(), from.strides());
            long[] dense = from.shape().contiguousStrides();
            convert(work, to, from.dtype(), snapshot, ViewOp.Expand.strides(from.shape(), dense, to.shape()));
        } else {
            convert(work, to, from);
        }
    }

    private static void convert(Work work, Tensor to, Tensor from) {
        convert(work, to, from.dtype(), Block.of(from), Strides.expand(from, to.shape()));
    }

    private static void convert(Work work, Tensor to, DType fromType, Block from, long[] fromStrides) {
        if (to.dtype() == fromType) {
            strided(work, fromType, to.shape().toArray(), from, fromStrides, Block.of(to), to.strides());
            return;
        }
        Strides strides = new Strides(to.shape(), to.strides(), fromStrides);
        String types = Kernels.type(to.dtype()) + " FROM_" + fromType.name();
        Launch launch = work.kernel("cast", types, "cast").tensor(to);
        strides.pass(launch, 0).dense(from);
        strides.pass(launch, 1).integer(to.size()).elements(to.size());
    }

    /** () -> every element the same. */
    static void full(Full op, Work work) {
        fill(work, work.out(0), op.value());
    }

    /** (dst): every element the same. */
    static void fill(Fill op, Work work) {
        fill(work, work.in(0), op.value());
    }

    static void fill(Work work, Tensor to, double value) {
        fill(work, to.dtype(), to.shape(), Block.of(to), to.strides(), value);
    }

    /** Sets elements that lie by strides. */
    static void fill(Work work, DType dtype, Shape shape, Block to, long[] toStrides, double value) {
        Strides strides = new Strides(shape, toStrides);
        Launch launch = work.kernel("fill", dtype, "fill").dense(to);
        strides.pass(launch, 0).real(value).integer(shape.size()).elements(shape.size());
    }
}
