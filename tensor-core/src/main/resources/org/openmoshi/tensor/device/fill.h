#include "rounding.h"

// to[i] = value for count elements in row-major order
KERNEL void fill(GLOBAL T* to, i64 offset, Layout layout, double value, i64 count) {
    T element = from_real(value);
    for (i64 i = GROUP(0) * ITEMS + ITEM; i < count; i += GROUPS(0) * ITEMS) {
        to[offset + position(&layout, i)] = element;
    }
}
