#include "conv_geometry.h"

#define WEIGHT_ITEMS 128

// A convolution's weight gradient for few channels of g per group, depthwise above all: a group of WEIGHT_ITEMS items
// sums one element, each item every so many positions of a line. The tensors are those of conv_weight.h. Bound by
// bytes.
KERNEL void conv_weight_direct(
        GLOBAL T* dw, i64 dw_offset, GLOBAL const T* g, i64 g_offset, GLOBAL const T* x, i64 x_offset,
        i64 batches, i64 groups, i64 g_channels, i64 x_channels, CONV_GEOMETRY) {
    SHARED A parts[WEIGHT_ITEMS];
    i64 kernel_plane = kernel_h * kernel_w;
    i64 count = groups * g_channels * x_channels * kernel_plane;
    for (i64 element = GROUP(0); element < count; element += GROUPS(0)) {
        i64 channels = element / kernel_plane; // g channel * x_channels + x channel within the group
        int tap = (int)(element - channels * kernel_plane);
        int shift_h = tap / (int)kernel_w * (int)dilation_h - (int)pad_h;
        int shift_w = tap % (int)kernel_w * (int)dilation_w - (int)pad_w;
        i64 g_channel = channels / x_channels;
        i64 x_channel = g_channel / g_channels * x_channels + channels % x_channels;
        A total = 0;
        for (i64 batch = 0; batch < batches; batch++) {
            for (int y = 0; y < small_h; y++) {
                int h = y * (int)stride_h + shift_h;
                if (h >= 0 && h < large_h) {
                    GLOBAL const T* g_line =
                            g + g_offset + ((batch * groups * g_channels + g_channel) * small_h + y) * small_w;
                    GLOBAL const T* x_line =
                            x + x_offset + ((batch * groups * x_channels + x_channel) * large_h + h) * large_w;
                    A sum = 0;
                    for (int i = ITEM; i < small_w; i += WEIGHT_ITEMS) {
                        int w = i * (int)stride_w + shift_w;
                        if (w >= 0 && w < large_w) {
                            sum += load(g_line, i) * load(x_line, w);
                        }
                    }
                    total += sum;
                }
            }
        }
        parts[ITEM] = total;
        BARRIER;
        for (int apart = WEIGHT_ITEMS / 2; apart > 0; apart /= 2) {
            if (ITEM < apart) {
                parts[ITEM] += parts[ITEM + apart];
            }
            BARRIER;
        }
        if (ITEM == 0) {
            store(dw, dw_offset + element, parts[0]);
        }
        BARRIER;
    }
}
