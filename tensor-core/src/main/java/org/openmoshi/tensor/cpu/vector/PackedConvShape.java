package org.openmoshi.tensor.cpu.vector;

/**
 * Sizes of a convolution with weights in panels. Strides are in elements of x, whose channels follow each other.
 *
 * @param columnStride from the window of an output step to that of the next
 * @param tapStride from a tap to the next; negative when the first tap is the newest step
 * @param itemStride from an item of the batch to the next
 */
public record PackedConvShape(
        int batch,
        int outSteps,
        int channels,
        int outChannels,
        int kernelSize,
        long columnStride,
        long tapStride,
        long itemStride) {
    /** Rows of a panel: products that are summed into one output. */
    int depth() {
        return Math.multiplyExact(channels, kernelSize);
    }
}
