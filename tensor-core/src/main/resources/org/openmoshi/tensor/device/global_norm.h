#include "tensors.h"

#define NORM_ITEMS 256

// sums[first + i] = the squares of elements i * part to (i + 1) * part of a tensor of a list, added up in float64 and in a
// fixed order; one tensor along the second axis. Bound by bytes.
#define NORM_PARAMETERS(i) i64 size##i, i64 first##i, GLOBAL const T* x##i, i64 x_at##i

KERNEL void square_sums(
        FOR_TENSORS(NORM_PARAMETERS), i64 count, i64 part, GLOBAL double* sums, i64 sums_offset) {
    SHARED double tree[NORM_ITEMS];
    for (i64 number = GROUP(1); number < count; number += GROUPS(1)) {
        GLOBAL const T* x = TENSOR(x, number) + TENSOR(x_at, number);
        i64 size = TENSOR(size, number);
        i64 first = sums_offset + TENSOR(first, number);
        for (i64 i = GROUP(0); i * part < size; i += GROUPS(0)) {
            i64 end = (i + 1) * part < size ? (i + 1) * part : size;
            double total = 0;
            for (i64 at = i * part + ITEM; at < end; at += NORM_ITEMS) {
                double value = load(x, at);
                total += value * value;
            }
            tree[ITEM] = total;
            BARRIER;
            for (int reach = NORM_ITEMS / 2; reach > 0; reach /= 2) {
                if (ITEM < reach) {
                    tree[ITEM] += tree[ITEM + reach];
                }
                BARRIER;
            }
            if (ITEM == 0) {
                sums[first + i] = tree[0];
            }
            BARRIER;
        }
    }
}
