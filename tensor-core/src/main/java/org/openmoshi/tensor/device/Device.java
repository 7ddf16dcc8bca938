package org.openmoshi.tensor.device;

import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.openmoshi.tensor.CachingAllocator;
import org.openmoshi.tensor.DType;

/**
 * What OpenCL and CUDA have in common, and all that {@link DeviceBackend} needs of either: memory, copies, programs and
 * launches on one queue that executes in order. Everything but {@link #download} and {@link #synchronize} may return
 * before the device is done.
 */
public interface Device extends CachingAllocator.Source {
    /** The name by which it is selected, such as {@code opencl:0}. */
    String name();

    /** One line for {@code info}: what it is, its memory and what it can do. */
    String description();

    /** Device, driver and compiler with their versions: what a compiled kernel must match to be used again. */
    String identity();

    /** The file name ending of its kernels, {@code cl} or {@code cu}. */
    String dialect();

    /** A kernel file of its dialect, or null when it has none of that name; the caller closes it. */
    @Nullable InputStream kernelFile(String fileName);

    /** The most groups that a grid may have along an axis, 0 to 2. */
    long maxGroups(int axis);

    /**
     * A block of device memory, or null when there is no room. The segment's address is the device's own pointer or
     * handle and its length the block's; the host cannot read through it.
     */
    @Override
    @Nullable MemorySegment allocate(long bytes);

    /** Gives a block back to the driver, once everything launched so far is done with it. */
    @Override
    void release(MemorySegment block);

    /** Copies from host memory, native or heap, to a range of a block. The host memory may be reused on return. */
    void upload(MemorySegment host, MemorySegment block, long offset, long bytes);

    /** Copies a range of a block to host memory, native or heap, after everything launched so far. */
    void download(MemorySegment block, long offset, MemorySegment host, long bytes);

    /**
     * Compiles kernels.
     *
     * @param name the file the source comes from, for messages
     * @param source one text with every include in its place
     * @return a binary that {@link #load} takes, also in another process on the same {@link #identity}
     * @throws KernelCompilationException with the compiler's log
     */
    byte[] compile(String name, String source);

    /**
     * Makes the entry points of a binary ready to launch.
     *
     * @throws IllegalArgumentException when the driver refuses the binary
     */
    Program load(String name, byte[] binary);

    /** Appends a launch to the queue: a grid of groups of {@code items} items each; every axis is at least 1. */
    void launch(Program.Entry entry, long groupsX, long groupsY, long groupsZ, int items, Arguments arguments);

    /**
     * Begins to collect what is launched instead of executing it, until {@link #endCapture}. Memory is neither allocated
     * nor copied meanwhile.
     *
     * @return false when the device does not do that, and nothing has begun
     */
    default boolean beginCapture() {
        return false;
    }

    /** Ends it; what was collected is ready to be launched. */
    default DeviceGraph endCapture() {
        throw new IllegalStateException(name() + " collects no launches");
    }

    /** The library that multiplies matrices instead of kernels, or null when kernels do. */
    default @Nullable Blas blas() {
        return null;
    }

    /** The library that computes convolutions instead of kernels, or null when kernels do. */
    default @Nullable ConvolutionLibrary convolutions() {
        return null;
    }

    /**
     * Whether it has kernels on tensor cores for a type, {@code gemm_wmma}, {@code attention_wmma} and {@code
     * attention_grad_wmma}: they take the parameters of the kernels without that ending.
     */
    default boolean tensorCores(DType dtype) {
        return false;
    }

    /**
     * Most operations a second in a type by the device's clock and units, outside tensor cores, a multiply-add counting
     * two; NaN where unknown.
     */
    default double peakFlops(DType dtype) {
        return Double.NaN;
    }

    /** Most bytes a second from and to its memory; NaN where unknown. */
    default double peakBandwidth() {
        return Double.NaN;
    }

    /** Waits until everything launched so far is done. */
    void synchronize();
}
