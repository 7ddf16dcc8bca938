#include "rounding.h"

// y[i] = start + i step
KERNEL void arange(GLOBAL T* y, i64 y_offset, double start, double step, i64 count) {
    for (i64 i = GROUP(0) * ITEMS + ITEM; i < count; i += GROUPS(0) * ITEMS) {
        y[y_offset + i] = from_real(sum_product(start, (double)i, step));
    }
}
