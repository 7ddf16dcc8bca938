#include "conv_geometry.h"
#include "tile.h"

// A convolution or its adjoint (the gradient of its input, the transposed convolution) as a product of matrices by
// tiles: result [channels, positions] = weight [channels, depth] window [depth, positions], where positions run over
// the batch too and depth over the source's channels and the kernel's taps. The window is read where it lies; there is
// no matrix of windows. Bound by flops where channels are many.
//
// Tap k reads the source of result position x at s = x stride - pad + k dilation in a convolution, and at s = (x + pad
// - k dilation) / stride in the adjoint, if that is whole. So the adjoint is computed in stride phases: the results
// with x + pad = phase modulo stride share the taps that meet them, and read their sources with a stride of 1. Both are
// then the same along an axis: results first + step q, windows that begin at window_first + window_step q, and taps
// first + step j at shift_first + shift_step j from there.
typedef struct {
    int results, result_first, result_step;
    int window_first, window_step;
    int taps, tap_first, tap_step;
    int shift_first, shift_step;
} ConvAxis;

FUNCTION ConvAxis conv_axis(int adjoint, int phase, int results, int kernel_size, int stride, int pad, int dilation) {
    ConvAxis axis;
    if (!adjoint) {
        axis.results = results;
        axis.result_first = 0;
        axis.result_step = 1;
        axis.window_first = -pad;
        axis.window_step = stride;
        axis.taps = kernel_size;
        axis.tap_first = 0;
        axis.tap_step = 1;
        axis.shift_first = 0;
        axis.shift_step = dilation;
        return axis;
    }
    axis.result_first = ((phase - pad) % stride + stride) % stride;
    axis.result_step = stride;
    axis.results = results > axis.result_first ? (results - axis.result_first - 1) / stride + 1 : 0;
    axis.window_first = (axis.result_first + pad - phase) / stride;
    axis.window_step = 1;
    int first = 0;
    while (first < kernel_size && (first * dilation - phase) % stride != 0) {
        first++;
    }
    int step = 1;
    while (step * dilation % stride != 0) {
        step++;
    }
    axis.taps = first < kernel_size ? (kernel_size - first - 1) / step + 1 : 0;
    axis.tap_first = first;
    axis.tap_step = step;
    axis.shift_first = -(first * dilation - phase) / stride;
    axis.shift_step = -(step * dilation / stride);
    return axis;
}

// One of the splits of the result [splits, batches, groups * result_channels, ...], of which each sums chunk of the
// depth and the last one all that is left, from the source [batches, groups * source_channels, ...]. The weight is that
// of the convolution: its first axis are the small side's channels. The first split adds the bias.
TILE_KERNEL(2) void conv(
        GLOBAL T* result, i64 result_offset, GLOBAL const T* source, i64 source_offset,
        GLOBAL const T* weight, i64 weight_offset, GLOBAL const T* bias, i64 bias_offset, i64 has_bias,
        i64 adjoint, i64 batches, i64 groups, i64 source_channels, i64 result_channels, CONV_GEOMETRY,
        i64 splits, i64 chunk) {
    SHARED Quad left[PANEL];
    SHARED Quad right[PANEL];
    // where the weight and the source of a panel's line lie, and how far from the window's begin; those of the next
    // panel are computed while this one is loaded
    SHARED i64 weight_at[2][DEPTH];
    SHARED i64 source_at[2][DEPTH];
    SHARED int shift_h[2][DEPTH];
    SHARED int shift_w[2][DEPTH];
    SHARED ConvAxis axes[2];

    int source_h = (int)(adjoint ? small_h : large_h), source_w = (int)(adjoint ? small_w : large_w);
    int result_h = (int)(adjoint ? large_h : small_h), result_w = (int)(adjoint ? large_w : small_w);
    i64 source_plane = (i64)source_h * source_w;
    i64 result_plane = (i64)result_h * result_w;
    i64 kernel_plane = kernel_h * kernel_w;
    i64 row_stride = adjoint ? kernel_plane : source_channels * kernel_plane;
    i64 channel_stride = adjoint ? result_channels * kernel_plane : kernel_plane;
    i64 phases = adjoint ? stride_h * stride_w : 1;
    i64 most_results = adjoint
            ? ((result_h - 1) / stride_h + 1) * ((result_w - 1) / stride_w + 1) * batches
            : result_plane * batches;
    i64 row_tiles = (result_channels + TILE - 1) / TILE;
    i64 column_tiles = (most_results + TILE - 1) / TILE;
    i64 tiles = column_tiles * row_tiles * phases * groups * splits;
    for (i64 tile = GROUP(0); tile < tiles; tile += GROUPS(0)) {
        i64 column = tile % column_tiles * TILE;
        i64 row = tile / column_tiles % row_tiles * TILE;
        i64 rest = tile / (column_tiles * row_tiles);
        i64 phase = rest % phases;
        i64 group = rest / phases % groups;
        i64 split = rest / (phases * groups);
        if (ITEM == 0) {
            axes[0] = conv_axis(
                    (int)adjoint, (int)(phase / stride_w), result_h, (int)kernel_h, (int)stride_h, (int)pad_h,
                    (int)dilation_h);
            axes[1] = conv_axis(
                    (int)adjoint, (int)(phase % stride_w), result_w, (int)kernel_w, (int)stride_w, (int)pad_w,
                    (int)dilation_w);
        }
        BARRIER;
        i64 plane = (i64)axes[0].results * axes[1].results;
        int taps = axes[0].taps * axes[1].taps;
        int rows = at_most(result_channels - row, TILE);
        int columns = at_most(plane * batches - column, TILE);
        i64 from = split * chunk;
        i64 depth_end = source_channels * taps;
        i64 to = split + 1 < splits && from + chunk < depth_end ? from + chunk : depth_end;

        // the window that this item loads from
        int window_h = 0, window_w = 0;
        i64 window_at = 0;
        if (ITEM % TILE < columns) {
            i64 position = column + ITEM % TILE;
            i64 batch = position / plane;
            int at = (int)(position - batch * plane);
            window_h = axes[0].window_first + at / axes[1].results * axes[0].window_step;
            window_w = axes[1].window_first + at % axes[1].results * axes[1].window_step;
            window_at = source_offset + (batch * groups + group) * source_channels * source_plane
                    + (i64)window_h * source_w + window_w;
        }
        i64 weight_first = weight_offset + group * result_channels * source_channels * kernel_plane + row * row_stride;
        int along_depth = !adjoint;

        A total[SUMS], sums[SUMS];
        clear_sums(total);
        clear_sums(sums);
        int panels = 0;
        for (i64 at = from - DEPTH; at < to; at += DEPTH) {
            int now = panels % 2;
            if (at >= from) {
                int depth = at_most(to - at, DEPTH);
                for (int i = 0; i < TILE * DEPTH / TILE_ITEMS; i++) {
                    int line = along_depth ? ITEM / DEPTH + i * (TILE_ITEMS / DEPTH) : ITEM % TILE;
                    int d = along_depth ? ITEM % DEPTH : ITEM / TILE + i * (TILE_ITEMS / TILE);
                    ELEMENT(left, d, line) = line < rows && d < depth
                            ? load(weight, weight_first + line * row_stride + weight_at[now][d])
                            : 0;
                }
                for (int i = 0; i < TILE * DEPTH / TILE_ITEMS; i++) {
                    int d = ITEM / TILE + i * (TILE_ITEMS / TILE);
                    A value = 0;
                    if (ITEM % TILE < columns && d < depth) {
                        int y = window_h + shift_h[now][d];
                        int x = window_w + shift_w[now][d];
                        if (y >= 0 && y < source_h && x >= 0 && x < source_w) {
                            value = load(source, window_at + source_at[now][d]);
                        }
                    }
                    ELEMENT(right, d, ITEM % TILE) = value;
                }
            }
            if (ITEM < DEPTH && at + DEPTH + ITEM < to) {
                i64 d = at + DEPTH + ITEM;
                i64 channel = d / taps;
                int tap = (int)(d - channel * taps);
                int tap_h = tap / axes[1].taps, tap_w = tap % axes[1].taps;
                int dh = axes[0].shift_first + tap_h * axes[0].shift_step;
                int dw = axes[1].shift_first + tap_w * axes[1].shift_step;
                weight_at[1 - now][ITEM] = channel * channel_stride
                        + (axes[0].tap_first + tap_h * axes[0].tap_step) * kernel_w
                        + axes[1].tap_first + tap_w * axes[1].tap_step;
                source_at[1 - now][ITEM] = channel * source_plane + (i64)dh * source_w + dw;
                shift_h[1 - now][ITEM] = dh;
                shift_w[1 - now][ITEM] = dw;
            }
            BARRIER;
            if (at >= from) {
                multiply_panels(left, right, sums);
            }
            BARRIER;
            if (++panels % FOLD == 0) {
                fold_sums(total, sums);
            }
        }
        fold_sums(total, sums);

        for (int j = 0; j < 4; j++) {
            if (TILE_COLUMN(j) < columns) {
                i64 position = column + TILE_COLUMN(j);
                i64 batch = position / plane;
                int at = (int)(position - batch * plane);
                i64 y = axes[0].result_first + at / axes[1].results * axes[0].result_step;
                i64 x = axes[1].result_first + at % axes[1].results * axes[1].result_step;
                for (int i = 0; i < 4; i++) {
                    if (TILE_ROW(i) < rows) {
                        i64 channel = group * result_channels + row + TILE_ROW(i);
                        A value = total[i * 4 + j];
                        if (has_bias && split == 0) {
                            value += load(bias, bias_offset + channel);
                        }
                        i64 image = (split * batches + batch) * groups * result_channels + channel;
                        store(result, result_offset + image * result_plane + y * result_w + x, value);
                    }
                }
            }
        }
        BARRIER;
    }
}
