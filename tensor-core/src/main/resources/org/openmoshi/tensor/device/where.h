#include "copy.h"

// z[i] = condition[i] ? x[i] : y[i], dense z, the others in any layout of its shape
KERNEL void where(
        GLOBAL Bits* z, i64 z_offset,
        GLOBAL const u8* condition, i64 condition_offset, Layout condition_layout,
        GLOBAL const Bits* x, i64 x_offset, Layout x_layout,
        GLOBAL const Bits* y, i64 y_offset, Layout y_layout, i64 count) {
    for (i64 i = GROUP(0) * ITEMS + ITEM; i < count; i += GROUPS(0) * ITEMS) {
        z[z_offset + i] = condition[condition_offset + position(&condition_layout, i)] != 0
                ? x[x_offset + position(&x_layout, i)]
                : y[y_offset + position(&y_layout, i)];
    }
}
