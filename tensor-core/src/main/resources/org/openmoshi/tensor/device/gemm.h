#include "tile.h"

// One split writes the result; where there are several, they write sums that partials.h adds (TO_PARTS).
#ifdef TO_PARTS
typedef A Result;
#define PUT(p, i, value) (p)[i] = (value)
#else
typedef T Result;
#define PUT(p, i, value) store(p, i, value)
#endif

// One of the splits of c = a b + bias over tiles: c [splits, batches, m, n] dense, a [batches, m, k], b [batches, k,
// n]. Split s sums the inner axis from s * chunk; the first one adds the bias [n].
TILE_KERNEL(2) void gemm(
        GLOBAL Result* c, i64 c_offset,
        GLOBAL const T* a, i64 a_offset, i64 a_row, i64 a_column, Layout a_batch,
        GLOBAL const T* b, i64 b_offset, i64 b_row, i64 b_column, Layout b_batch,
        GLOBAL const T* bias, i64 bias_offset, i64 bias_column, i64 has_bias,
        i64 batches, i64 m, i64 n, i64 k, i64 splits, i64 chunk) {
    SHARED Quad left[PANEL];
    SHARED Quad right[PANEL];
    i64 row_tiles = (m + TILE - 1) / TILE;
    i64 column_tiles = (n + TILE - 1) / TILE;
    i64 tiles = row_tiles * column_tiles * batches * splits;
    for (i64 tile = GROUP(0); tile < tiles; tile += GROUPS(0)) {
        i64 column = tile % column_tiles * TILE;
        i64 row = tile / column_tiles % row_tiles * TILE;
        i64 matrix = tile / (column_tiles * row_tiles); // split * batches + batch
        i64 batch = matrix % batches;
        i64 from = matrix / batches * chunk;
        i64 to = from + chunk < k ? from + chunk : k;
        GLOBAL const T* a_tile = a + a_offset + position(&a_batch, batch) + row * a_row;
        GLOBAL const T* b_tile = b + b_offset + position(&b_batch, batch) + column * b_column;
        int rows = at_most(m - row, TILE);
        int columns = at_most(n - column, TILE);
        A total[SUMS], sums[SUMS];
        clear_sums(total);
        clear_sums(sums);
        int panels = 0;
        for (i64 at = from; at < to; at += DEPTH) {
            int depth = at_most(to - at, DEPTH);
            load_panel(left, a_tile + at * a_column, a_row, a_column, rows, depth);
            load_panel(right, b_tile + at * b_row, b_column, b_row, columns, depth);
            BARRIER;
            multiply_panels(left, right, sums);
            BARRIER;
            if (++panels % FOLD == 0) {
                fold_sums(total, sums);
            }
        }
        fold_sums(total, sums);
        GLOBAL Result* c_tile = c + c_offset + (matrix * m + row) * n + column;
        for (int j = 0; j < 4; j++) {
            int x = TILE_COLUMN(j);
            if (x < columns) {
                A addend = 0;
                if (has_bias != 0 && from == 0) {
                    addend = load(bias, bias_offset + (column + x) * bias_column);
                }
                for (int i = 0; i < 4; i++) {
                    if (TILE_ROW(i) < rows) {
                        PUT(c_tile, TILE_ROW(i) * n + x, total[i * 4 + j] + addend);
                    }
                }
            }
        }
    }
}
