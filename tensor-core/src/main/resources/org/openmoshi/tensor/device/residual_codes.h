#include "code_search.h"

// codes [levels, n] and residual [n, d] of x [n, d] and codebooks [levels, size, d]: each level takes the nearest code
// of what the levels before left over. A group takes its vectors through all levels, 64 items; what is left over lies
// in the output between them, where an element is read and written by one item alone, the one of search().
KERNEL void residual_codes(
        GLOBAL i64* codes, i64 codes_offset, GLOBAL T* residual, i64 residual_offset,
        GLOBAL const T* x, i64 x_offset, GLOBAL const T* codebooks, i64 codebooks_offset,
        i64 levels, i64 n, i64 size, i64 d) {
    SHARED Search s;
    i64 tiles = (size + CODES - 1) / CODES;
    for (i64 first = GROUP(0) * ROWS; first < n; first += GROUPS(0) * ROWS) {
        for (i64 dim = 0; dim < d; dim += DIMS) {
            for (int e = ITEM; e < ROWS * DIMS; e += ITEMS) {
                i64 row = first + e / DIMS;
                i64 j = dim + e % DIMS;
                if (row < n && j < d) {
                    store(residual, residual_offset + row * d + j, load(x, x_offset + row * d + j));
                }
            }
        }
        for (i64 level = 0; level < levels; level++) {
            i64 codebook = codebooks_offset + level * size * d;
            search(&s, residual, residual_offset, first, n, codebooks, codebook, size, d, 0, tiles);
            if (ITEM < ROWS && first + ITEM < n) {
                codes[codes_offset + level * n + first + ITEM] = s.nearest[0][ITEM];
            }
            BARRIER;
            for (i64 dim = 0; dim < d; dim += DIMS) {
                for (int e = ITEM; e < ROWS * DIMS; e += ITEMS) {
                    i64 row = first + e / DIMS;
                    i64 j = dim + e % DIMS;
                    if (row < n && j < d) {
                        i64 at = residual_offset + row * d + j;
                        A chosen = load(codebooks, codebook + s.nearest[0][e / DIMS] * d + j);
                        store(residual, at, load(residual, at) - chosen);
                    }
                }
            }
        }
    }
}
