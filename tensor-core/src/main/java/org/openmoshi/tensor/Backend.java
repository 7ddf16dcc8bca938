package org.openmoshi.tensor;

import java.lang.foreign.MemorySegment;

/**
 * Executes operations on one device. Backends are found with {@link java.util.ServiceLoader} through
 * {@link BackendProvider} and named explicitly ({@code cpu}, {@code cpu-scalar}, {@code opencl:0}, {@code cuda:0}).
 */
public interface Backend {
    /** The name by which it is selected. */
    String name();

    /** One line on the device for {@code info}. */
    String description();

    /** Memory of at least {@code bytes} bytes, 64-byte aligned, contents undefined. */
    MemorySegment allocate(long bytes);

    /** Takes back what {@link #allocate} gave. */
    void free(MemorySegment segment);

    /**
     * Executes an operation. Outputs are contiguous, freshly allocated and of the shapes that the operation inferred;
     * inputs may have any strides. An in-place operation has no outputs and writes its first input.
     *
     * @return what computes it
     * @throws UnsupportedOperationException when the backend does not have the operation for these types
     */
    Execution run(Op op, Tensor[] inputs, Tensor[] outputs);

    /**
     * Executes a step, and records it to be executed again without the work of the host: as one graph of launches on
     * CUDA, as a list of them on OpenCL. A CPU has nothing to save and runs the step itself.
     *
     * <p>A device runs the host's part of the step twice here and never again, so what it computes on the host, such as
     * positions or random numbers' offsets, stays as it was: what changes must lie in tensors. The step closes every
     * tensor that it makes, writes results into tensors made before, copies nothing between host and device, and does
     * the same each time. Tensors that it uses must live as long as the result, and no other thread may use the backend
     * while it is recorded.
     *
     * @throws IllegalStateException when a device's step does otherwise
     */
    default Replay record(Runnable step) {
        step.run();
        return new Replay() {
            @Override
            public void run() {
                step.run();
            }

            @Override
            public void close() {
                // nothing is kept
            }
        };
    }

    /** Copies from host memory to a range of the backend's memory. */
    void upload(MemorySegment host, MemorySegment memory, long offset, long bytes);

    /** Copies a range of the backend's memory to host memory, after everything launched so far. */
    void download(MemorySegment memory, long offset, MemorySegment host, long bytes);
}
