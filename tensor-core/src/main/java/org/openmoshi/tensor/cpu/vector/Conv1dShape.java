package org.openmoshi.tensor.cpu.vector;

/**
 * Sizes of a 1-d convolution from [batch, inChannels, inLength] to [batch, outChannels, outLength] with weights
 * [outChannels, inChannels / groups, kernelSize]: output t reads inputs {@code t * stride + tap * dilation - padLeft},
 * where positions outside the input count as zero.
 */
public record Conv1dShape(
        long batch,
        long inChannels,
        long inLength,
        long outChannels,
        long outLength,
        int kernelSize,
        int stride,
        int dilation,
        int groups,
        long padLeft) {

    /** Input channels of one group. */
    long groupIn() {
        return inChannels / groups;
    }

    /** Output channels of one group. */
    long groupOut() {
        return outChannels / groups;
    }

    /** Products of one group of one batch entry are one item of the blocked product. */
    long items() {
        return batch * groups;
    }

    /** The same convolution over images of one row. */
    Conv2dShape asImage() {
        return new Conv2dShape(
                batch,
                inChannels,
                1,
                Math.toIntExact(inLength),
                outChannels,
                1,
                Math.toIntExact(outLength),
                1,
                kernelSize,
                1,
                stride,
                1,
                dilation,
                0,
                Math.toIntExact(padLeft),
                groups);
    }

    /** Every channel has a kernel of its own. */
    boolean isDepthwise() {
        return groups > 1 && groupIn() == 1 && groupOut() == 1;
    }

    /** Offsets of {@code count} consecutive blocks of {@code size} elements. */
    static long[] blockOffsets(long origin, long count, long size) {
        long[] offsets = new long[Math.toIntExact(count)];
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = origin + i * size;
        }
        return offsets;
    }
}
