#include "copy.h"
#include "faults.h"

// out[i] = x[i's place with the axis at index[i]]: x_layout has stride 0 along the axis, on which x has `size` elements
// `stride` apart; the index is broadcast to out. Where negative indices are allowed they give zero. Bounded by bytes.
KERNEL void gather(
        GLOBAL Bits* out, i64 out_offset, GLOBAL const Bits* x, i64 x_offset, Layout x_layout,
        GLOBAL const i64* index, i64 index_offset, Layout index_layout,
        i64 size, i64 stride, i64 negative, GLOBAL i64* faults, i64 faults_offset, i64 count) {
    (void)faults_offset;
    for (i64 i = GROUP(0) * ITEMS + ITEM; i < count; i += GROUPS(0) * ITEMS) {
        i64 at = index[index_offset + position(&index_layout, i)];
        Bits element = 0;
        if (at >= 0 && at < size) {
            element = x[x_offset + position(&x_layout, i) + at * stride];
        } else if (at >= 0 || negative == 0) {
            fault(faults, FAULT_INDEX, at, size);
        }
        out[out_offset + i] = element;
    }
}
