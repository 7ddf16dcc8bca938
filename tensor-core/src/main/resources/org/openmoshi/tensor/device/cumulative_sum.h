#include "rows.h"

// Elements of a tile per item, and with one more between items' shares so that they fall into different banks.
#define PER_ITEM 4
#define SPREAD(i) ((i) + (i) / PER_ITEM)

// Where element j of a running sum is, from the start or from the end.
#define ORDERED(j, n, reverse) ((reverse) != 0 ? (n) - 1 - (j) : (j))

// y[row, j] = x[row, 0] + ... + x[row, j] for rows of neighbouring elements: a tile of a row at a time, within it the
// items' sums are scanned up and down a tree (Blelloch 1990). Bound by bytes: one read and one write per element.
KERNEL void cumulative_sum_along(
        GLOBAL T* result, i64 y_offset, GLOBAL const T* source, i64 x_offset, Layout y_rows, Layout x_rows,
        i64 y_stride, i64 x_stride, i64 rows, i64 n, i64 reverse) {
    SHARED A tile[GROUP_ITEMS * (PER_ITEM + 1)];
    SHARED A tree[GROUP_ITEMS];
    int size = ITEMS * PER_ITEM;
    for (i64 row = GROUP(0); row < rows; row += GROUPS(0)) {
        GLOBAL const T* x = source + x_offset + position(&x_rows, row);
        GLOBAL T* y = result + y_offset + position(&y_rows, row);
        A before = 0;
        for (i64 start = 0; start < n; start += size) {
            for (int i = ITEM; i < size; i += ITEMS) {
                tile[SPREAD(i)] = start + i < n ? load(x, ORDERED(start + i, n, reverse) * x_stride) : 0;
            }
            BARRIER;
            A sum = 0;
            for (int i = 0; i < PER_ITEM; i++) {
                sum += tile[SPREAD(ITEM * PER_ITEM + i)];
            }
            tree[ITEM] = sum;
            BARRIER;
            for (int reach = 1; reach < ITEMS; reach *= 2) { // up: the last item of a block gets the block's sum
                int at = (ITEM + 1) * 2 * reach - 1;
                if (at < ITEMS) {
                    tree[at] += tree[at - reach];
                }
                BARRIER;
            }
            A total = tree[ITEMS - 1];
            BARRIER;
            if (ITEM == 0) {
                tree[ITEMS - 1] = 0;
            }
            BARRIER;
            for (int reach = ITEMS / 2; reach > 0; reach /= 2) { // down: every block gets the sum of those before it
                int at = (ITEM + 1) * 2 * reach - 1;
                if (at < ITEMS) {
                    A left = tree[at - reach];
                    tree[at - reach] = tree[at];
                    tree[at] += left;
                }
                BARRIER;
            }
            sum = before + tree[ITEM];
            for (int i = 0; i < PER_ITEM; i++) {
                sum += tile[SPREAD(ITEM * PER_ITEM + i)];
                tile[SPREAD(ITEM * PER_ITEM + i)] = sum;
            }
            BARRIER;
            for (int i = ITEM; i < size && start + i < n; i += ITEMS) {
                store(y, ORDERED(start + i, n, reverse) * y_stride, tile[SPREAD(i)]);
            }
            before += total;
            BARRIER;
        }
    }
}

// The same for rows that lie beside one another in memory: each lane sums a stretch of its row, then runs through it
// again from the sum of the stretches before. Bound by bytes: two reads, the second mostly cached, and one write.
KERNEL void cumulative_sum_across(
        GLOBAL T* result, i64 y_offset, GLOBAL const T* source, i64 x_offset, Layout y_rows, Layout x_rows,
        i64 y_stride, i64 x_stride, i64 rows, i64 n, i64 reverse, i64 lanes) {
    SHARED A sums[GROUP_ITEMS];
    Share s = share_rows(lanes, 1);
    i64 length = (n + s.lanes - 1) / s.lanes;
    i64 start = s.lane * length;
    i64 end = start + length < n ? start + length : n;
    for (i64 first = GROUP(0) * s.rows; first < rows; first += GROUPS(0) * s.rows) {
        i64 row = first + s.row;
        i64 stop = row < rows ? end : start;
        GLOBAL const T* x = source + x_offset + position(&x_rows, row < rows ? row : 0);
        GLOBAL T* y = result + y_offset + position(&y_rows, row < rows ? row : 0);
        A sum = 0;
        for (i64 j = start; j < stop; j++) {
            sum += load(x, ORDERED(j, n, reverse) * x_stride);
        }
        sums[ITEM] = sum;
        BARRIER;
        sum = 0;
        for (int lane = 0; lane < s.lane; lane++) {
            sum += sums[ITEM - (s.lane - lane) * s.step];
        }
        for (i64 j = start; j < stop; j++) {
            sum += load(x, ORDERED(j, n, reverse) * x_stride);
            store(y, ORDERED(j, n, reverse) * y_stride, sum);
        }
        BARRIER;
    }
}
