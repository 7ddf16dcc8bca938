#include "attention_tile.h"
#include "tensor_core.h"

// What the kernels of attention on tensor cores share: rows of a head in SHARED memory, up to SLAB columns of them (64, or
// 128 with BLOCKS_2), and their fragments.
#define ATTENTION_ITEMS 128
#define HEAD_PIECES (SLAB / PIECE)
#define LOG2_E 1.44269504088896341f // weights are computed as powers of 2

// panel = some rows of a head, of which there are `rows`, with zeros beyond these and its columns.
FUNCTION void load_rows(Place panel, int height, Head x, i64 row, int rows, int columns) {
    int fit = pieces_fit(x.at, x.column, x.row);
    int piece = ITEM % HEAD_PIECES;
    GLOBAL const T* at = x.at + (row + ITEM / HEAD_PIECES) * x.row + piece * PIECE * x.column;
#pragma unroll 1
    for (int y = ITEM / HEAD_PIECES; y < height; y += ATTENTION_ITEMS / HEAD_PIECES) {
        load_piece(panel + piece_at(y, piece, HEAD_PIECES), at, x.column, y < rows ? columns - piece * PIECE : 0, fit);
        at += ATTENTION_ITEMS / HEAD_PIECES * x.row;
    }
}

// The fragments of 16 rows of a panel and 16 columns: the first 8 rows in [0] and [2], the others in [1] and [3].
FUNCTION void load_part(u32* fragments, Place panel, int row, int column) {
    int lane = ITEM % 32;
    load_fragments(fragments, panel + piece_at(row + lane % 16, column / PIECE + lane / 16, HEAD_PIECES));
}

// The same of the transposed panel: the first 8 columns in [0] and [2], the others in [1] and [3].
FUNCTION void load_part_transposed(u32* fragments, Place panel, int row, int column) {
    int lane = ITEM % 32;
    load_fragments_transposed(
            fragments,
            panel + piece_at(row + lane % 8 + lane / 16 * 8, column / PIECE + lane / 8 % 2, HEAD_PIECES));
}
