#include "tensor_core.h"

// gemm.h in bfloat16 on tensor cores. A group of 8 warps computes GEMM_TILE x GEMM_TILE sums, 64 x 32 of them a warp, in
// steps of GEMM_DEPTH along the inner axis; while it multiplies a panel of either operand, the next ones are copied.
// Each number that is copied serves GEMM_TILE multiplications: bound by flops where all three sizes are large.
#define GEMM_TILE 128
#define GEMM_DEPTH 32
#define GEMM_ITEMS 256
#define GEMM_PANEL (GEMM_TILE * GEMM_DEPTH)

// One split writes the result; where there are several, they write sums that partials.h adds (TO_PARTS).
#ifdef TO_PARTS
typedef float Result;
FUNCTION void put_sums(GLOBAL float* to, int count, float first, float second) {
    if (count > 0) {
        to[0] = first;
    }
    if (count > 1) {
        to[1] = second;
    }
}
#else
typedef u16 Result;
#define put_sums put_pair
#endif

// An operand: lines are rows of a or columns of b. Where numbers follow each other along the inner axis (along_depth), a
// panel is GEMM_TILE rows of GEMM_DEPTH numbers, otherwise GEMM_DEPTH rows of GEMM_TILE. An item loads two pieces of it.
typedef struct {
    GLOBAL const u16* at; // this item's first piece of the next panel
    i64 second;           // from there to the second
    i64 next;             // and to the next panel
    i64 stride;           // between the numbers of a piece
    int along_depth;
    int fit;
    int lines;      // of GEMM_TILE
    int line;       // of the first piece
    int d;          // likewise its depth
    u32 piece;      // where the first piece lies in a panel, in bytes
    u32 fragment;   // where this item's row of the first fragment of its warp lies
} Operand;

FUNCTION Operand operand_of(GLOBAL const u16* at, i64 line_stride, i64 depth_stride, i64 lines, int warp_line) {
    Operand x;
    int lane = ITEM % 32;
    x.lines = lines < GEMM_TILE ? (int)lines : GEMM_TILE;
    x.along_depth = depth_stride < line_stride;
    if (x.along_depth) {
        x.stride = depth_stride;
        x.fit = pieces_fit(at, depth_stride, line_stride);
        x.line = ITEM / (GEMM_DEPTH / PIECE);
        x.d = ITEM % (GEMM_DEPTH / PIECE) * PIECE;
        x.second = GEMM_TILE / 2 * line_stride;
        x.piece = piece_at(x.line, x.d / PIECE, GEMM_DEPTH / PIECE);
        x.fragment = piece_at(warp_line + lane % 16, lane / 16, GEMM_DEPTH / PIECE);
    } else {
        x.stride = line_stride;
        x.fit = pieces_fit(at, line_stride, depth_stride);
        x.line = ITEM % (GEMM_TILE / PIECE) * PIECE;
        x.d = ITEM / (GEMM_TILE / PIECE);
        x.second = GEMM_DEPTH / 2 * depth_stride;
        x.piece = piece_at(x.d, x.line / PIECE, GEMM_TILE / PIECE);
        x.fragment = piece_at(lane % 8 + lane / 16 * 8, warp_line / PIECE + lane / 8 % 2, GEMM_TILE / PIECE);
    }
    x.at = at + x.line * line_stride + x.d * depth_stride;
    x.next = GEMM_DEPTH * depth_stride;
    return x;
}

// panel = the next of an operand, with zeros beyond its lines and beyond the depth that is left.
FUNCTION void load_panel(Place panel, Operand* x, int left) {
    GLOBAL const u16* at = x->at;
    int along = x->along_depth ? left - x->d : x->lines - x->line; // numbers from the first of the pieces on
    int across = x->along_depth ? x->lines - x->line : left - x->d;
    Place to = panel + x->piece;
#pragma unroll 1
    for (int i = 0; i < GEMM_PANEL / PIECE / GEMM_ITEMS; i++) {
        load_piece(to, at, x->stride, across > 0 ? along : 0, x->fit);
        at += x->second;
        across -= x->along_depth ? GEMM_TILE / 2 : GEMM_DEPTH / 2;
        to += GEMM_PANEL; // half of its bytes
    }
    x->at += x->next;
}

// The fragments of lines 16 i to 16 i + 15 of the warp and of 16 numbers of each: the first 8 lines in [0] and [2], the
// others in [1] and [3].
FUNCTION void load_lines(u32* fragments, Place panel, const Operand* x, int i, int d) {
    if (x->along_depth) {
        load_fragments(fragments, panel + (x->fragment ^ d * 2) + i * 16 * GEMM_DEPTH * 2);
    } else {
        load_fragments_transposed(fragments, panel + (x->fragment ^ i * 16 * 2) + d * GEMM_TILE * 2);
    }
}

// The parameters are those of gemm.
KERNEL void __launch_bounds__(GEMM_ITEMS, 2) gemm_wmma(
        GLOBAL Result* c, i64 c_offset,
        GLOBAL const u16* a, i64 a_offset, i64 a_row, i64 a_column, Layout a_batch,
        GLOBAL const u16* b, i64 b_offset, i64 b_row, i64 b_column, Layout b_batch,
        GLOBAL const u16* bias, i64 bias_offset, i64 bias_column, i64 has_bias,
        i64 batches, i64 m, i64 n, i64 k, i64 splits, i64 chunk) {
    PANEL_OF(left, 2 * GEMM_PANEL);
    PANEL_OF(right, 2 * GEMM_PANEL);
    Place left_at = place_of(left), right_at = place_of(right);
    int lane = ITEM % 32;
    int warp_row = ITEM / 128 * 64, warp_column = ITEM / 32 % 4 * 32;
    i64 row_tiles = (m + GEMM_TILE - 1) / GEMM_TILE;
    i64 column_tiles = (n + GEMM_TILE - 1) / GEMM_TILE;
    i64 tiles = row_tiles * column_tiles * batches * splits;
    for (i64 tile = GROUP(0); tile < tiles; tile += GROUPS(0)) {
        i64 column = tile % column_tiles * GEMM_TILE;
        i64 row = tile / column_tiles % row_tiles * GEMM_TILE;
        i64 matrix = tile / (column_tiles * row_tiles); // split * batches + batch
        i64 batch = matrix % batches;
        i64 from = matrix / batches * chunk;
        i64 to = from + chunk < k ? from + chunk : k;
        Operand rows = operand_of(
                a + a_offset + position(&a_batch, batch) + row * a_row + from * a_column, a_row, a_column, m - row,
                warp_row);
        Operand columns = operand_of(
                b + b_offset + position(&b_batch, batch) + column * b_column + from * b_row, b_column, b_row,
                n - column, warp_column);
        float sums[4][4][4];
#pragma unroll
        for (int i = 0; i < 64; i++) {
            sums[i / 16][i / 4 % 4][i % 4] = 0;
        }
        int left_depth = from < to ? (int)(to - from) : 0;
        if (left_depth > 0) {
            load_panel(left_at, &rows, left_depth);
            load_panel(right_at, &columns, left_depth);
            end_copies();
        }
        for (u32 now = 0; left_depth > 0; now = 2 * GEMM_PANEL - now) { // the half of the panels that is multiplied
            left_depth -= GEMM_DEPTH;
            if (left_depth > 0) {
                load_panel(left_at + (2 * GEMM_PANEL - now), &rows, left_depth);
                load_panel(right_at + (2 * GEMM_PANEL - now), &columns, left_depth);
            }
            end_copies();
            await_older_copies();
            BARRIER;
#pragma unroll
            for (int d = 0; d < GEMM_DEPTH; d += 16) {
                u32 x[4][4], y[2][4];
#pragma unroll
                for (int i = 0; i < 4; i++) {
                    load_lines(x[i], left_at + now, &rows, i, d);
                }
#pragma unroll
                for (int j = 0; j < 2; j++) {
                    load_lines(y[j], right_at + now, &columns, j, d);
                }
#pragma unroll
                for (int i = 0; i < 4; i++) {
#pragma unroll
                    for (int j = 0; j < 4; j++) {
                        multiply_fragments(sums[i][j], x[i], y[j / 2][j % 2], y[j / 2][j % 2 + 2]);
                    }
                }
            }
            BARRIER;
        }
        int x = warp_column + lane % 4 * 2, y = warp_row + lane / 4;
        GLOBAL Result* c_row = c + c_offset + (matrix * m + row + y) * n + column + x;
        GLOBAL const u16* bias_at = bias + bias_offset + (column + x) * bias_column;
        float first[4], second[4];
#pragma unroll
        for (int j = 0; j < 4; j++) {
            int added = has_bias != 0 && from == 0 ? columns.lines - x - j * 8 : 0;
            first[j] = added > 0 ? from_bf16(bias_at[j * 8 * bias_column]) : 0;
            second[j] = added > 1 ? from_bf16(bias_at[(j * 8 + 1) * bias_column]) : 0;
        }
#pragma unroll
        for (int i = 0; i < 8; i++) {
            if (y + i * 8 < rows.lines) {
#pragma unroll
                for (int j = 0; j < 4; j++) {
                    put_sums(c_row + j * 8, columns.lines - x - j * 8, sums[i / 2][j][i % 2 * 2] + first[j],
                             sums[i / 2][j][i % 2 * 2 + 1] + second[j]);
                }
            }
            c_row += 8 * n;
        }
    }
}
