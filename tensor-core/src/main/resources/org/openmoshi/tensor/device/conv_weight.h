#include "conv_geometry.h"
#include "tile.h"

// One of the splits of a convolution's weight gradient as a product of matrices by tiles: dw [channels of g, channels
// of x and taps] = g [channels, positions] window [positions, channels and taps], where positions run over the batch
// too. g [batches, groups * g_channels, small], x [batches, groups * x_channels, large], dw [splits, groups *
// g_channels, x_channels, kernel]; split s sums the positions from s * chunk. Bound by flops where channels are many.
TILE_KERNEL(2) void conv_weight(
        GLOBAL T* dw, i64 dw_offset, GLOBAL const T* g, i64 g_offset, GLOBAL const T* x, i64 x_offset,
        i64 batches, i64 groups, i64 g_channels, i64 x_channels, CONV_GEOMETRY, i64 splits, i64 chunk) {
    SHARED Quad left[PANEL];
    SHARED Quad right[PANEL];
    // where the positions of a panel lie in g, and the windows of each in x; those of the next panel are computed while
    // this one is loaded
    SHARED i64 g_at[2][DEPTH];
    SHARED i64 window_at[2][DEPTH];
    SHARED int window_h[2][DEPTH];
    SHARED int window_w[2][DEPTH];
    // where the columns of the tile lie from there
    SHARED i64 column_at[TILE];
    SHARED int shift_h[TILE];
    SHARED int shift_w[TILE];

    i64 small_plane = small_h * small_w;
    i64 large_plane = large_h * large_w;
    i64 kernel_plane = kernel_h * kernel_w;
    i64 width = x_channels * kernel_plane;
    i64 positions = batches * small_plane;
    i64 row_tiles = (g_channels + TILE - 1) / TILE;
    i64 column_tiles = (width + TILE - 1) / TILE;
    i64 tiles = column_tiles * row_tiles * groups * splits;
    for (i64 tile = GROUP(0); tile < tiles; tile += GROUPS(0)) {
        i64 column = tile % column_tiles * TILE;
        i64 row = tile / column_tiles % row_tiles * TILE;
        i64 rest = tile / (column_tiles * row_tiles); // split * groups + group
        i64 group = rest % groups;
        int rows = at_most(g_channels - row, TILE);
        int columns = at_most(width - column, TILE);
        i64 from = rest / groups * chunk;
        i64 to = positions < from + chunk ? positions : from + chunk;
        if (ITEM < columns) {
            i64 channel = (column + ITEM) / kernel_plane;
            int tap = (int)(column + ITEM - channel * kernel_plane);
            shift_h[ITEM] = tap / (int)kernel_w * (int)dilation_h;
            shift_w[ITEM] = tap % (int)kernel_w * (int)dilation_w;
            column_at[ITEM] = channel * large_plane + shift_h[ITEM] * large_w + shift_w[ITEM];
        }
        i64 g_first = g_offset + (group * g_channels + row) * small_plane;
        i64 x_first = x_offset + group * x_channels * large_plane;
        int d = ITEM % DEPTH;

        A total[SUMS], sums[SUMS];
        clear_sums(total);
        clear_sums(sums);
        int panels = 0;
        for (i64 at = from - DEPTH; at < to; at += DEPTH) {
            int now = panels % 2;
            if (at >= from) {
                int inside = at + d < to;
                for (int i = 0; i < TILE * DEPTH / TILE_ITEMS; i++) {
                    int line = ITEM / DEPTH + i * (TILE_ITEMS / DEPTH);
                    ELEMENT(left, d, line) =
                            inside && line < rows ? load(g, g_first + g_at[now][d] + line * small_plane) : 0;
                }
                for (int i = 0; i < TILE * DEPTH / TILE_ITEMS; i++) {
                    int line = ITEM / DEPTH + i * (TILE_ITEMS / DEPTH);
                    A value = 0;
                    if (inside && line < columns) {
                        int h = window_h[now][d] + shift_h[line];
                        int w = window_w[now][d] + shift_w[line];
                        if (h >= 0 && h < large_h && w >= 0 && w < large_w) {
                            value = load(x, x_first + window_at[now][d] + column_at[line]);
                        }
                    }
                    ELEMENT(right, d, line) = value;
                }
            }
            if (ITEM < DEPTH && at + DEPTH + ITEM < to) {
                i64 position = at + DEPTH + ITEM;
                i64 batch = position / small_plane;
                int in_plane = (int)(position - batch * small_plane);
                int h = in_plane / (int)small_w * (int)stride_h - (int)pad_h;
                int w = in_plane % (int)small_w * (int)stride_w - (int)pad_w;
                g_at[1 - now][ITEM] = batch * groups * g_channels * small_plane + in_plane;
                window_at[1 - now][ITEM] = batch * groups * x_channels * large_plane + h * large_w + w;
                window_h[1 - now][ITEM] = h;
                window_w[1 - now][ITEM] = w;
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

        GLOBAL T* dw_tile = dw + dw_offset + (rest * g_channels + row) * width + column;
        for (int i = 0; i < 4; i++) {
            for (int j = 0; j < 4; j++) {
                if (TILE_ROW(i) < rows && TILE_COLUMN(j) < columns) {
                    store(dw_tile, TILE_ROW(i) * width + TILE_COLUMN(j), total[i * 4 + j]);
                }
            }
        }
    }
}
