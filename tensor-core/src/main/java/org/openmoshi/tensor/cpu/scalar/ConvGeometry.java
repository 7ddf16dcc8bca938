package org.openmoshi.tensor.cpu.scalar;

import org.openmoshi.tensor.ComputeOp.Conv1d;
import org.openmoshi.tensor.ComputeOp.Conv2d;
import org.openmoshi.tensor.ComputeOp.ConvTranspose1d;

/**
 * Stride, leading padding and dilation of both axes of a convolution. One dimension is the second axis of an image of
 * height 1; padding at the end shows in the output's size alone.
 */
record ConvGeometry(int strideH, int strideW, int padH, int padW, int dilationH, int dilationW, int groups) {
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

    /** Input row that output row {@code out} reads through kernel row {@code k}; it may lie in the padding. */
    int rowAt(int out, int k) {
        return out * strideH - padH + k * dilationH;
    }

    /** Input column that output column {@code out} reads through kernel column {@code k}; it may lie in the padding. */
    int columnAt(int out, int k) {
        return out * strideW - padW + k * dilationW;
    }

    /** The first output column that reads inside the input through kernel column {@code k}. */
    int firstColumn(int k) {
        return Math.max(0, Math.ceilDiv(padW - k * dilationW, strideW));
    }

    /** One after the last output column, of {@code outputs}, that reads inside an input of the given width. */
    int endColumn(int k, int width, int outputs) {
        return Math.min(outputs, Math.floorDiv(width - 1 + padW - k * dilationW, strideW) + 1);
    }
}
