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

    /** Copies from host memory to a range of the backend's memory. */
    void upload(MemorySegment host, MemorySegment memory, long offset, long bytes);

    /** Copies a range of the backend's memory to host memory, after everything launched so far. */
    void download(MemorySegment memory, long offset, MemorySegment host, long bytes);
}
