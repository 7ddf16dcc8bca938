package org.openmoshi.tensor.device;

import org.openmoshi.tensor.ComputeOp.Conv1d;
import org.openmoshi.tensor.ComputeOp.Conv2d;
import org.openmoshi.tensor.ComputeOp.ConvTranspose1d;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;

/**
 * Stride, leading padding and dilation of both axes of a convolution. One dimension is the second axis of an image of
 * height 1; padding at the end shows in the output's size alone.
 */
record ConvGeometry(int strideH, int strideW, int padH, int padW, int dilationH, int dilationW, int groups) {
    private static final long MAX_POSITIONS = 1 << 30;

    static ConvGeometry of(Conv1d op) {
        return new ConvGeometry(1, op.stride(), 0, op.padLeft(), 1, op.dilation(), op.groups());
    }

    /** That of the convolution whose adjoint it is. */
    static ConvGeometry of(ConvTranspose1d op) {
        return new ConvGeometry(1, op.stride(), 0, op.trimLeft(), 1, op.dilation(), op.groups());
    }

    static ConvGeometry of(Conv2d op) {
        return new ConvGeometry(
                op.strideH(), op.strideW(), op.padH(), op.padW(), op.dilationH(), op.dilationW(), op.groups());
    }

    /** The shape of a tensor as images. */
    static Shape image(Tensor x) {
        return x.rank() == 4 ? x.shape() : x.shape().insert(2, 1);
    }

    /**
     * Kernels count the positions of one image in 32 bits, and leave room there for strides and padding.
     *
     * @throws UnsupportedOperationException when an image has more
     */
    static void requireShort(Shape images) {
        if (images.dim(2) * images.dim(3) > MAX_POSITIONS) {
            throw new UnsupportedOperationException("a convolution of images of " + images.dim(2) + " x "
                    + images.dim(3) + " positions: kernels count up to " + MAX_POSITIONS + "; split the signal");
        }
    }

    /**
     * Passes the parameters {@code CONV_GEOMETRY} of {@code conv_geometry.h}.
     *
     * @param large images of the convolution's input
     * @param small images of its output
     * @param kernel its weight as images
     */
    Launch pass(Launch launch, Shape large, Shape small, Shape kernel) {
        requireShort(large);
        requireShort(small);
        return launch.integer(large.intDim(2))
                .integer(large.intDim(3))
                .integer(small.intDim(2))
                .integer(small.intDim(3))
                .integer(kernel.intDim(2))
                .integer(kernel.intDim(3))
                .integer(strideH)
                .integer(strideW)
                .integer(padH)
                .integer(padW)
                .integer(dilationH)
                .integer(dilationW);
    }
}
