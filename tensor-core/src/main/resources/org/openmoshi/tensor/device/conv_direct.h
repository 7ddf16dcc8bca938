#include "conv_geometry.h"

// The source position that a tap reads for a result position, or -1 when it is none; see conv.h.
FUNCTION int source_position(int adjoint, int at, int tap, int size, int stride, int pad, int dilation) {
    int position = at * stride - pad + tap * dilation;
    if (adjoint) {
        int scaled = at + pad - tap * dilation;
        position = scaled % stride == 0 ? scaled / stride : -1;
    }
    return position < size ? position : -1;
}

// A convolution or its adjoint for few channels of the result per group, depthwise above all: an item per element. The
// tensors are those of conv.h. Bound by bytes: neighbouring items share most of what they read.
KERNEL void conv_direct(
        GLOBAL T* result, i64 result_offset, GLOBAL const T* source, i64 source_offset,
        GLOBAL const T* weight, i64 weight_offset, GLOBAL const T* bias, i64 bias_offset, i64 has_bias,
        i64 adjoint, i64 batches, i64 groups, i64 source_channels, i64 result_channels, CONV_GEOMETRY) {
    int source_h = (int)(adjoint ? small_h : large_h), source_w = (int)(adjoint ? small_w : large_w);
    int result_h = (int)(adjoint ? large_h : small_h), result_w = (int)(adjoint ? large_w : small_w);
    i64 source_plane = (i64)source_h * source_w;
    i64 kernel_plane = kernel_h * kernel_w;
    i64 row_stride = adjoint ? kernel_plane : source_channels * kernel_plane;
    i64 channel_stride = adjoint ? result_channels * kernel_plane : kernel_plane;
    i64 channels = groups * result_channels;
    i64 count = batches * channels * result_h * result_w;
    for (i64 i = GROUP(0) * ITEMS + ITEM; i < count; i += GROUPS(0) * ITEMS) {
        i64 line = i / result_w;
        int x = (int)(i - line * result_w);
        i64 image = line / result_h;
        int y = (int)(line - image * result_h);
        i64 batch = image / channels;
        i64 channel = image - batch * channels;
        i64 group = channel / result_channels;
        i64 source_first = source_offset + (batch * groups + group) * source_channels * source_plane;
        i64 weight_first = weight_offset + group * result_channels * source_channels * kernel_plane
                + (channel - group * result_channels) * row_stride;
        A total = has_bias ? load(bias, bias_offset + channel) : 0;
        for (int v = 0; v < kernel_h; v++) {
            int sy = source_position((int)adjoint, y, v, source_h, (int)stride_h, (int)pad_h, (int)dilation_h);
            for (int u = 0; u < kernel_w && sy >= 0; u++) {
                int sx = source_position((int)adjoint, x, u, source_w, (int)stride_w, (int)pad_w, (int)dilation_w);
                if (sx >= 0) {
                    i64 source_at = source_first + (i64)sy * source_w + sx;
                    i64 weight_at = weight_first + v * kernel_w + u;
                    A sum = 0;
                    for (i64 c = 0; c < source_channels; c++) {
                        sum += load(weight, weight_at + c * channel_stride)
                                * load(source, source_at + c * source_plane);
                    }
                    total += sum;
                }
            }
        }
        store(result, result_offset + i, total);
    }
}
