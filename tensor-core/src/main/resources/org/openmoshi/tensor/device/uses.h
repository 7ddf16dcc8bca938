#include "faults.h"

// Links the uses of each row in their order, so that sums over them need no atomics and give the same bits on every
// run: head[row] is its first use (the host has set all to -1), next[j] the next use of the row that j uses, -1 after the
// last. An item per use looks through the others in both directions until it meets its row; neighbours read the same
// index at about the same time. The count^2 reads at worst stay small beside a pass over a vocabulary's rows or the
// vectors themselves for the thousands of uses of a batch.
KERNEL void link_uses(
        GLOBAL i64* head, i64 head_offset, GLOBAL i64* next, i64 next_offset, GLOBAL const i64* index, i64 index_offset,
        i64 size, i64 negative, GLOBAL i64* faults, i64 faults_offset, i64 count) {
    (void)faults_offset;
    GLOBAL const i64* rows = index + index_offset;
    for (i64 use = GROUP(0) * ITEMS + ITEM; use < count; use += GROUPS(0) * ITEMS) {
        i64 row = rows[use];
        if (row < 0 || row >= size) {
            if (row >= 0 || negative == 0) {
                fault(faults, FAULT_INDEX, row, size);
            }
            continue;
        }
        i64 earlier = use - 1;
        while (earlier >= 0 && rows[earlier] != row) {
            earlier--;
        }
        if (earlier < 0) {
            head[head_offset + row] = use;
        }
        i64 later = use + 1;
        while (later < count && rows[later] != row) {
            later++;
        }
        next[next_offset + use] = later < count ? later : -1;
    }
}
