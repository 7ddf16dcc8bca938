package org.openmoshi.tensor.cpu.vector;

/**
 * Sizes of a 2-d convolution from [batch, inChannels, inHeight, inWidth] to [batch, outChannels, outHeight, outWidth]
 * with weights [outChannels, inChannels / groups, kernelHeight, kernelWidth] and zero padding on all sides.
 */
public record Conv2dShape(
        long batch,
        long inChannels,
        int inHeight,
        int inWidth,
        long outChannels,
        int outHeight,
        int outWidth,
        int kernelHeight,
        int kernelWidth,
        int strideHeight,
        int strideWidth,
        int dilationHeight,
        int dilationWidth,
        int padHeight,
        int padWidth,
        int groups) {

    /** Input channels of one group. */
    long groupIn() {
        return inChannels / groups;
    }

    /** Output channels of one group. */
    long groupOut() {
        return outChannels / groups;
    }
}
