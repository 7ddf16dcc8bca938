#include "dialect.h"

// The adjoints of padding: element i of n along the axis collects the gradients of its copies, in the order in which
// they lie in g (outer, before + n + after, inner). Bounded by bytes.
KERNEL void pad_grad_reflect(
        GLOBAL T* dx, i64 dx_offset, GLOBAL const T* g, i64 g_offset, i64 n, i64 before, i64 after, i64 inner, i64 count) {
    for (i64 at = GROUP(0) * ITEMS + ITEM; at < count; at += GROUPS(0) * ITEMS) {
        i64 column = at % inner;
        i64 i = at / inner % n;
        i64 line = g_offset + at / inner / n * (before + n + after) * inner + column;
        double sum = i > 0 && i <= before ? load(g, line + (before - i) * inner) : 0;
        sum += load(g, line + (before + i) * inner);
        i64 mirrored = 2 * (n - 1) - i;
        if (mirrored >= n && mirrored < n + after) {
            sum += load(g, line + (before + mirrored) * inner);
        }
        store(dx, dx_offset + at, (A)sum);
    }
}

KERNEL void pad_grad_replicate(
        GLOBAL T* dx, i64 dx_offset, GLOBAL const T* g, i64 g_offset, i64 n, i64 before, i64 after, i64 inner, i64 count) {
    for (i64 at = GROUP(0) * ITEMS + ITEM; at < count; at += GROUPS(0) * ITEMS) {
        i64 column = at % inner;
        i64 i = at / inner % n;
        i64 line = g_offset + at / inner / n * (before + n + after) * inner + column;
        i64 first = i == 0 ? 0 : before + i;
        i64 last = i == n - 1 ? before + n + after - 1 : before + i;
        double sum = 0;
        for (i64 j = first; j <= last; j++) {
            sum += load(g, line + j * inner);
        }
        store(dx, dx_offset + at, (A)sum);
    }
}
