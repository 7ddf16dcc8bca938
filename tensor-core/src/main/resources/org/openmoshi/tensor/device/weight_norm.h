#include "functions.h"
#include "rows.h"

// w = gain v / |v| for rows of n elements. Bound by bytes: v is read twice, once from the cache, and w written once.
KERNEL void weight_norm(
        GLOBAL T* w, i64 w_offset, GLOBAL const T* direction, i64 v_offset, GLOBAL const T* gains, i64 gains_offset,
        i64 rows, i64 n, i64 lanes, i64 across) {
    SHARED A tree[GROUP_ITEMS];
    Share s = share_rows(lanes, across);
    for (i64 first = GROUP(0) * s.rows; first < rows; first += GROUPS(0) * s.rows) {
        i64 row = first + s.row < rows ? first + s.row : 0;
        i64 length = first + s.row < rows ? n : 0;
        GLOBAL const T* v = direction + v_offset + row * n;
        A squares = 0;
        for (i64 j = s.lane; j < length; j += s.lanes) {
            squares += load(v, j) * load(v, j);
        }
        A scale = load(gains, gains_offset + row) / sqrt(row_sum(tree, s, squares));
        for (i64 j = s.lane; j < length; j += s.lanes) {
            store(w, w_offset + row * n + j, load(v, j) * scale);
        }
    }
}

// dgain = dw . u and dv = gain / |v| (dw - u dgain) with u = v / |v|. Bound by bytes: v and dw are read twice, once from
// the cache, and dv is written once.
KERNEL void weight_norm_grad(
        GLOBAL T* dv, i64 dv_offset, GLOBAL T* dgains, i64 dgains_offset, GLOBAL const T* gradient, i64 dw_offset,
        GLOBAL const T* direction, i64 v_offset, GLOBAL const T* gains, i64 gains_offset, i64 rows, i64 n, i64 lanes,
        i64 across) {
    SHARED A tree[GROUP_ITEMS];
    Share s = share_rows(lanes, across);
    for (i64 first = GROUP(0) * s.rows; first < rows; first += GROUPS(0) * s.rows) {
        i64 row = first + s.row < rows ? first + s.row : 0;
        i64 length = first + s.row < rows ? n : 0;
        GLOBAL const T* dw = gradient + dw_offset + row * n;
        GLOBAL const T* v = direction + v_offset + row * n;
        A squares = 0, dot = 0;
        for (i64 j = s.lane; j < length; j += s.lanes) {
            squares += load(v, j) * load(v, j);
            dot += load(dw, j) * load(v, j);
        }
        A norm = sqrt(row_sum(tree, s, squares));
        A dgain = row_sum(tree, s, dot) / norm;
        A scale = load(gains, gains_offset + row) / norm;
        for (i64 j = s.lane; j < length; j += s.lanes) {
            store(dv, dv_offset + row * n + j, scale * (load(dw, j) - load(v, j) / norm * dgain));
        }
        if (s.lane == 0 && first + s.row < rows) {
            store(dgains, dgains_offset + row, dgain);
        }
    }
}
