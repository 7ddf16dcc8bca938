package org.openmoshi.tensor.cpu.scalar;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.ViewOp;

/** The tensors of one operation as dense arrays; temporary copies live until it is closed. */
public final class Operands implements AutoCloseable {
    private final Backend backend;
    private final Tensor[] inputs;
    private final Tensor[] outputs;
    private final List<MemorySegment> temporaries = new ArrayList<>();

    /** The tensors of one operation; temporaries come from the backend's allocator. */
    public Operands(Backend backend, Tensor[] inputs, Tensor[] outputs) {
        this.backend = backend;
        this.inputs = inputs;
        this.outputs = outputs;
    }

    int count() {
        return inputs.length;
    }

    /** The shape of an input, without touching its elements. */
    Shape shape(int input) {
        return inputs[input].shape();
    }

    Tensor tensor(int input) {
        return inputs[input];
    }

    Cells out(int output) {
        return dense(outputs[output]);
    }

    /** An input; copied when its strides are not dense. */
    Cells in(int input) {
        Tensor x = inputs[input];
        return x.isContiguous() ? dense(x) : copy(x, x.shape(), x.strides());
    }

    /** An input broadcast to a shape. */
    Cells in(int input, Shape shape) {
        Tensor x = inputs[input];
        return x.shape().equals(shape) ? in(input) : broadcast(x, shape);
    }

    /** An input with its axes in another order. */
    Cells permuted(int input, int... axes) {
        Tensor x = inputs[input];
        long[] dims = new long[axes.length];
        long[] strides = new long[axes.length];
        for (int i = 0; i < axes.length; i++) {
            dims[i] = x.dim(axes[i]);
            strides[i] = x.stride(axes[i]);
        }
        return copy(x, Shape.of(dims), strides);
    }

    /** A copy of an input, broadcast to a shape: for sources that may overlap what is written. */
    Cells snapshot(int input, Shape shape) {
        return broadcast(inputs[input], shape);
    }

    /** A temporary array with undefined contents. */
    Cells scratch(DType dtype, Shape shape) {
        MemorySegment memory = backend.allocate(shape.size() * dtype.bytes());
        temporaries.add(memory);
        return new Cells(memory, dtype, 0, shape);
    }

    /** A zeroed array in which sums for {@code like} lose nothing to rounding: float64 or int64. */
    Cells accumulator(Cells like) {
        Cells sums = scratch(like.isIntegral() ? DType.I64 : DType.F64, like.shape());
        sums.clear();
        return sums;
    }

    private Cells broadcast(Tensor x, Shape shape) {
        return copy(x, shape, ViewOp.Expand.strides(x.shape(), x.strides(), shape));
    }

    private Cells copy(Tensor x, Shape shape, long[] strides) {
        Cells copy = scratch(x.dtype(), shape);
        Strided.copy(shape, storage(x), x.offset(), strides, copy, 0, shape.contiguousStrides());
        return copy;
    }

    /** The whole storage of a tensor, for access by strides. */
    static Cells storage(Tensor x) {
        return new Cells(x.segment(), x.dtype(), 0, Shape.SCALAR);
    }

    private static Cells dense(Tensor x) {
        return new Cells(x.segment(), x.dtype(), x.offset(), x.shape());
    }

    @Override
    public void close() {
        temporaries.forEach(backend::free);
    }
}
