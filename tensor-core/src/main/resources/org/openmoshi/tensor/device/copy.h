#include "dialect.h"

// Moves elements of 1, 2, 4 or 8 bytes, whatever they mean.
#if defined(BYTES_1)
typedef u8 Bits;
#elif defined(BYTES_2)
typedef u16 Bits;
#elif defined(BYTES_4)
typedef u32 Bits;
#else
typedef u64 Bits;
#endif

// to[i] = from[i] for count elements in row-major order, each side by its own layout
KERNEL void copy(
        GLOBAL Bits* to, i64 to_offset, Layout to_layout,
        GLOBAL const Bits* from, i64 from_offset, Layout from_layout, i64 count) {
    for (i64 i = GROUP(0) * ITEMS + ITEM; i < count; i += GROUPS(0) * ITEMS) {
        to[to_offset + position(&to_layout, i)] = from[from_offset + position(&from_layout, i)];
    }
}
