#include "dialect.h"

// sums [size, d] and usage [size] = decay old + (1 - decay) (sum and count of each code's vectors in x [n, d], linked by
// uses.h): an item per element of `sums`. Bounded by bytes.
KERNEL void codebook_ema(
        GLOBAL T* sums, i64 sums_offset, GLOBAL T* usage, i64 usage_offset, GLOBAL const T* x, i64 x_offset,
        GLOBAL const i64* head, i64 head_offset, GLOBAL const i64* next, i64 next_offset, i64 d, double decay,
        i64 count) {
    for (i64 i = GROUP(0) * ITEMS + ITEM; i < count; i += GROUPS(0) * ITEMS) {
        i64 code = i / d;
        i64 column = i - code * d;
        double sum = 0;
        i64 vectors = 0;
        for (i64 j = head[head_offset + code]; j >= 0; j = next[next_offset + j]) {
            sum += load(x, x_offset + j * d + column);
            vectors++;
        }
        i64 at = sums_offset + i;
        store(sums, at, (A)(decay * load(sums, at) + (1 - decay) * sum));
        if (column == 0) {
            at = usage_offset + code;
            store(usage, at, (A)(decay * load(usage, at) + (1 - decay) * (double)vectors));
        }
    }
}
