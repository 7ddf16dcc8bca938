package org.openmoshi.tensor.device;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.openmoshi.tensor.DType;

/**
 * Convolutions by a library of the device's maker, which a device may offer beside the kernels. Its calls are appended to
 * the device's queue like launches.
 */
public interface ConvolutionLibrary {
    /** What is computed of the three tensors of a convolution, from the other two. */
    enum Part {
        /** y, from x and weight. */
        FORWARD,
        /** x, from y and weight: the gradient, and the transposed convolution. */
        INPUT_GRADIENT,
        /** weight, from x and y. */
        WEIGHT_GRADIENT
    }

    /**
     * A convolution of x [batch, channels, height, width] with weight [outChannels, channels / groups, kernelHeight,
     * kernelWidth] to y [batch, outChannels, outHeight, outWidth], all in row-major order; padding is the same on both
     * sides of an axis.
     */
    record Convolution(
            int batch,
            int channels,
            int height,
            int width,
            int outChannels,
            int outHeight,
            int outWidth,
            int kernelHeight,
            int kernelWidth,
            int strideHeight,
            int strideWidth,
            int padHeight,
            int padWidth,
            int dilationHeight,
            int dilationWidth,
            int groups) {}

    /** Bytes of temporary memory that a part needs, or -1 when the library does not compute it. */
    long workspaceBytes(Part part, DType dtype, Convolution convolution);

    /**
     * Computes a part.
     *
     * @param workspace of as many bytes as it needs; null when it needs none
     * @param accumulate whether to add to what the result holds
     */
    void run(
            Part part,
            DType dtype,
            Convolution convolution,
            Block x,
            Block weight,
            Block y,
            @Nullable MemorySegment workspace,
            boolean accumulate);
}
