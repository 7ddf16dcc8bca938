package org.openmoshi.models.nn;

import org.openmoshi.tensor.ComputeOp.PadMode;

/**
 * What a causal convolution may vary in. Made with {@link #kernel}; the {@code with} methods return changed copies.
 *
 * @param kernelSize taps
 * @param stride input steps per output step (of a transposed convolution: output steps per input step)
 * @param dilation input steps between taps
 * @param groups groups of channels that do not see each other
 * @param hasBias whether there is a bias per output channel
 * @param weightNorm whether the weight is trained as gain and direction
 * @param padMode what stands before the first step: {@link PadMode#CONSTANT} (zeros) or {@link PadMode#REPLICATE}
 */
public record ConvOptions(
        int kernelSize, int stride, int dilation, int groups, boolean hasBias, boolean weightNorm, PadMode padMode) {
    /** Stride 1, dilation 1, one group, with bias, no weight norm, padded with zeros. */
    public static ConvOptions kernel(int kernelSize) {
        return new ConvOptions(kernelSize, 1, 1, 1, true, false, PadMode.CONSTANT);
    }

    /** With another stride. */
    public ConvOptions withStride(int other) {
        return new ConvOptions(kernelSize, other, dilation, groups, hasBias, weightNorm, padMode);
    }

    /** With another dilation. */
    public ConvOptions withDilation(int other) {
        return new ConvOptions(kernelSize, stride, other, groups, hasBias, weightNorm, padMode);
    }

    /** In groups of channels. */
    public ConvOptions withGroups(int other) {
        return new ConvOptions(kernelSize, stride, dilation, other, hasBias, weightNorm, padMode);
    }

    /** Without bias. */
    public ConvOptions withoutBias() {
        return new ConvOptions(kernelSize, stride, dilation, groups, false, weightNorm, padMode);
    }

    /** With or without weight norm. */
    public ConvOptions withWeightNorm(boolean other) {
        return new ConvOptions(kernelSize, stride, dilation, groups, hasBias, other, padMode);
    }

    /** With another padding. */
    public ConvOptions withPadMode(PadMode other) {
        return new ConvOptions(kernelSize, stride, dilation, groups, hasBias, weightNorm, other);
    }

    /** How far the kernel's span exceeds the stride: the padding of a convolution, the overhang of its adjoint. */
    int overhang() {
        return dilation * (kernelSize - 1) + 1 - stride;
    }
}
