#include "functions.h"
#include "rows.h"

// Whether element i with value a is to be chosen before element j with value b: the larger or smaller one, a NaN before
// any number, the first of equals. A lane without elements has j = -1.
FUNCTION int chosen(A a, i64 i, A b, i64 j, i64 largest) {
    if (i < 0 || j < 0) {
        return j < 0;
    }
    if (a != a || b != b) {
        return a != a && (b == b || i < j);
    }
    return a == b ? i < j : largest != 0 ? a > b : a < b;
}

// y[row] = position of the first extreme of a row of x, whose elements are a stride apart.
// Bound by bytes: every element is read once.
KERNEL void arg_reduce(
        GLOBAL i64* y, i64 y_offset, GLOBAL const T* source, i64 x_offset, Layout kept, i64 stride, i64 rows, i64 n,
        i64 largest, i64 lanes, i64 across) {
    SHARED A values[GROUP_ITEMS];
    SHARED i64 indices[GROUP_ITEMS];
    Share s = share_rows(lanes, across);
    for (i64 first = GROUP(0) * s.rows; first < rows; first += GROUPS(0) * s.rows) {
        i64 row = first + s.row;
        A best = 0;
        i64 index = -1;
        if (row < rows) {
            GLOBAL const T* x = source + x_offset + position(&kept, row);
            for (i64 j = s.lane; j < n; j += s.lanes) {
                A value = load(x, j * stride);
                if (chosen(value, j, best, index, largest)) {
                    best = value;
                    index = j;
                }
            }
        }
        values[ITEM] = best;
        indices[ITEM] = index;
        BARRIER;
        for (int reach = s.lanes / 2; reach > 0; reach /= 2) {
            if (s.lane < reach) {
                int other = ITEM + reach * s.step;
                if (indices[other] >= 0
                        && chosen(values[other], indices[other], values[ITEM], indices[ITEM], largest)) {
                    values[ITEM] = values[other];
                    indices[ITEM] = indices[other];
                }
            }
            BARRIER;
        }
        if (s.lane == 0 && row < rows) {
            y[y_offset + row] = indices[ITEM];
        }
        BARRIER;
    }
}
