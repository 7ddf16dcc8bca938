package org.openmoshi.tensor.device;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Execution;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;

/**
 * One operation on its way to the device: its tensors, its launches, and temporary memory that goes back to the
 * allocator on closing. As the queue executes in order, memory may be reused as soon as its last use is launched.
 */
final class Work implements AutoCloseable {
    private final DeviceBackend backend;
    private final Tensor[] inputs;
    private final Tensor[] outputs;
    private final List<MemorySegment> temporaries = new ArrayList<>(0);
    private Execution execution = Execution.KERNEL;

    Work(DeviceBackend backend, Tensor[] inputs, Tensor[] outputs) {
        this.backend = backend;
        this.inputs = inputs;
        this.outputs = outputs;
    }

    /** Number of inputs. */
    int count() {
        return inputs.length;
    }

    Tensor in(int input) {
        return inputs[input];
    }

    Tensor out(int output) {
        return outputs[output];
    }

    /** An output's memory; outputs are dense. */
    Block result(int output) {
        return Block.of(outputs[output]);
    }

    /** An input in row-major order: its own memory, or a temporary copy where its strides are others. */
    Block dense(int input) {
        return dense(inputs[input]);
    }

    /** A tensor in row-major order. */
    Block dense(Tensor x) {
        return x.isContiguous() ? Block.of(x) : copy(x, x.shape(), x.strides());
    }

    /** A dense temporary copy of elements that lie by strides. */
    Block copy(Tensor x, Shape shape, long[] strides) {
        Block block = scratch(x.dtype(), shape.size());
        Copies.strided(this, x.dtype(), shape.toArray(), Block.of(x), strides, block, shape.contiguousStrides());
        return block;
    }

    /** Temporary memory, contents undefined. */
    Block scratch(DType dtype, long count) {
        MemorySegment memory = backend.allocate(count * dtype.bytes());
        temporaries.add(memory);
        return new Block(memory, 0);
    }

    /** The memory in which kernels note what is wrong with their input; see {@link Faults}. */
    Block faults() {
        return backend.faults().block();
    }

    /** The same for a kernel that has the parameter but no use for it in its element type. */
    Block noFaults() {
        return backend.faults().unused();
    }

    /** Begins a launch of an entry point of a kernel file, compiled for an element type. */
    Launch kernel(String file, DType dtype, String entry) {
        return kernel(file, Kernels.type(dtype), entry);
    }

    /** Begins a launch of an entry point of a kernel file, compiled with macros separated by spaces. */
    Launch kernel(String file, String defines, String entry) {
        return backend.kernel(file, defines, entry);
    }

    /** The device's library for matrix products of a type, or null when kernels compute them. */
    @Nullable Blas blas(DType dtype) {
        Blas blas = backend.device().blas();
        return blas != null && blas.multiplies(dtype) ? blas : null;
    }

    /** The device's library for convolutions, or null when kernels compute them. */
    @Nullable ConvolutionLibrary convolutions() {
        return backend.device().convolutions();
    }

    /** Whether the device has kernels on tensor cores for a type. */
    boolean tensorCores(DType dtype) {
        return backend.device().tensorCores(dtype);
    }

    /** Notes that a library computes the operation. */
    void byLibrary() {
        execution = Execution.LIBRARY;
        backend.countCall();
    }

    /** What computes the operation. */
    Execution execution() {
        return execution;
    }

    @Override
    public void close() {
        temporaries.forEach(backend::free);
    }
}
