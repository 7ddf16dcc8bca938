#include "dialect.h"

#define TILE 1024

// Whether element i with value a comes before element j with value b: no two elements are equal in this order, so it
// makes every sort stable. A NaN counts as larger than every number, the two zeros as equal, and j = -1, which fills a
// tile, comes last.
FUNCTION int sorts_before(A a, i64 i, A b, i64 j, i64 descending) {
    if (i < 0 || j < 0) {
        return i >= 0;
    }
    int less = a < b || (a == a && b != b);
    int more = b < a || (b == b && a != a);
    return less == more ? i < j : descending != 0 ? more : less;
}

// Sorts each tile of each row of x [rows, n]: bitonic (Batcher 1968) on values and positions in memory of the group. The
// first `kept` of a tile go to values and indices [rows, stride] at the tile's start. size, a power of two, is that of
// tiles: 2 to TILE. Bound by memory of the group: log(size) (log(size) + 1) / 2 passes over a tile.
KERNEL void sort_tiles(
        GLOBAL T* values, i64 values_offset, GLOBAL i64* indices, i64 indices_offset, GLOBAL const T* x, i64 x_offset,
        i64 rows, i64 n, i64 stride, i64 kept, i64 size, i64 descending) {
    SHARED A tile[TILE];
    SHARED i64 order[TILE];
    int length = (int)size;
    i64 tiles = (n + size - 1) / size;
    for (i64 at = GROUP(0); at < rows * tiles; at += GROUPS(0)) {
        i64 row = at / tiles;
        i64 start = (at - row * tiles) * size;
        for (int i = ITEM; i < length; i += ITEMS) {
            int inside = start + i < n;
            tile[i] = inside ? load(x, x_offset + row * n + start + i) : 0;
            order[i] = inside ? start + i : -1;
        }
        BARRIER;
        for (int block = 2; block <= length; block *= 2) {
            for (int reach = block / 2; reach > 0; reach /= 2) {
                for (int pair = ITEM; pair < length / 2; pair += ITEMS) {
                    int i = 2 * pair - (pair & (reach - 1));
                    int j = i + reach;
                    int late = (i & block) == 0 ? j : i; // the one that should come later
                    int early = i + j - late;
                    if (sorts_before(tile[late], order[late], tile[early], order[early], descending)) {
                        A value = tile[i];
                        tile[i] = tile[j];
                        tile[j] = value;
                        i64 index = order[i];
                        order[i] = order[j];
                        order[j] = index;
                    }
                }
                BARRIER;
            }
        }
        for (int i = ITEM; i < length && i < kept && start + i < n; i += ITEMS) {
            store(values, values_offset + row * stride + start + i, tile[i]);
            indices[indices_offset + row * stride + start + i] = order[i];
        }
        BARRIER;
    }
}

// How many of the first `length` elements of a sorted run come before element i with value a.
FUNCTION i64 rank_in(
        GLOBAL const T* values, GLOBAL const i64* indices, i64 length, A a, i64 i, i64 descending) {
    i64 low = 0;
    i64 high = length;
    while (low < high) {
        i64 middle = (low + high) / 2;
        if (sorts_before(load(values, middle), indices[middle], a, i, descending)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

// Merges each two neighbouring sorted runs of `run` elements of rows [rows, n], of which the first `kept` matter, into
// one of twice the length in rows of another stride: an element's place is its place in its run plus its rank in the
// other. Bound by latency: log(run) dependent reads per element, the first of them cached.
KERNEL void merge_runs(
        GLOBAL T* values, i64 values_offset, GLOBAL i64* indices, i64 indices_offset, GLOBAL const T* from_values,
        i64 from_values_offset, GLOBAL const i64* from_indices, i64 from_indices_offset, i64 rows, i64 n, i64 stride,
        i64 kept, i64 run, i64 descending) {
    i64 shown = run < kept ? run : kept;
    i64 runs = (n + run - 1) / run;
    for (i64 at = GROUP(0) * ITEMS + ITEM; at < rows * runs * shown; at += GROUPS(0) * ITEMS) {
        i64 row = at / (runs * shown);
        i64 rest = at - row * runs * shown;
        i64 own = rest / shown;
        i64 place = rest - own * shown;
        if (own * run + place >= n) {
            continue;
        }
        GLOBAL const T* row_values = from_values + from_values_offset + row * n;
        GLOBAL const i64* row_indices = from_indices + from_indices_offset + row * n;
        A value = load(row_values, own * run + place);
        i64 index = row_indices[own * run + place];
        i64 other = (own ^ 1) * run;
        i64 length = n - other < 0 ? 0 : n - other < shown ? n - other : shown;
        place += rank_in(row_values + other, row_indices + other, length, value, index, descending);
        if (place < kept) {
            i64 to = row * stride + own / 2 * 2 * run + place;
            store(values, values_offset + to, value);
            indices[indices_offset + to] = index;
        }
    }
}
