#include "dialect.h"

// to[i] = the sum of parts[s][i], not rounded to T yet, over the splits s, in their order. Bound by bytes.
KERNEL void add_partials(
        GLOBAL T* to, i64 to_offset, GLOBAL const A* parts, i64 parts_offset, i64 splits, i64 count) {
    for (i64 i = GROUP(0) * ITEMS + ITEM; i < count; i += GROUPS(0) * ITEMS) {
        A sum = 0;
        for (i64 s = 0; s < splits; s++) {
            sum += parts[parts_offset + s * count + i];
        }
        store(to, to_offset + i, sum);
    }
}
