#include "code_search.h"

// The nearest of each part of the codebook: least and nearest [parts, n], x [n, d], codebook [codes, d]; 64 items.
KERNEL void nearest_in_parts(
        GLOBAL double* least, i64 least_offset, GLOBAL i64* nearest, i64 nearest_offset,
        GLOBAL const T* x, i64 x_offset, GLOBAL const T* codebook, i64 codebook_offset,
        i64 n, i64 codes, i64 d, i64 parts) {
    SHARED Search s;
    i64 tiles = (codes + CODES - 1) / CODES;
    for (i64 part = GROUP(1); part < parts; part += GROUPS(1)) {
        for (i64 first = GROUP(0) * ROWS; first < n; first += GROUPS(0) * ROWS) {
            search(&s, x, x_offset, first, n, codebook, codebook_offset, codes, d, tiles * part / parts,
                    tiles * (part + 1) / parts);
            if (ITEM < ROWS && first + ITEM < n) {
                least[least_offset + part * n + first + ITEM] = s.least[0][ITEM];
                nearest[nearest_offset + part * n + first + ITEM] = s.nearest[0][ITEM];
            }
        }
    }
}

// The nearest of all parts; those come in the order of the codes.
KERNEL void nearest_code(
        GLOBAL i64* index, i64 index_offset, GLOBAL const double* least, i64 least_offset,
        GLOBAL const i64* nearest, i64 nearest_offset, i64 parts, i64 n) {
    for (i64 i = GROUP(0) * ITEMS + ITEM; i < n; i += GROUPS(0) * ITEMS) {
        double distance = INFINITY;
        i64 code = 0;
        for (i64 part = 0; part < parts; part++) {
            double its = least[least_offset + part * n + i];
            if (its < distance) {
                distance = its;
                code = nearest[nearest_offset + part * n + i];
            }
        }
        index[index_offset + i] = code;
    }
}
