#include "dialect.h"

// angles [items, steps, pairs, 2]: cosine and sine of (offset + positions[item] + step) max_period^(-pair/pairs),
// computed in double, in which large angles keep their digits, once for all heads; the sine is negative for the inverse.
// Without positions there is one item, which begins at the offset.
KERNEL void rope_angles(
        GLOBAL T* angles, i64 angles_offset, GLOBAL const i64* positions, i64 positions_offset, i64 positioned,
        double max_period, i64 offset, i64 inverse, i64 steps, i64 pairs, i64 count) {
    for (i64 i = GROUP(0) * ITEMS + ITEM; i < count; i += GROUPS(0) * ITEMS) {
        i64 row = i / pairs;
        i64 item = row / steps;
        i64 start = positioned != 0 ? offset + positions[positions_offset + item] : offset;
        double frequency = pow(max_period, -(double)(i - row * pairs) / (double)pairs);
        double angle = (double)(start + row - item * steps) * frequency;
        double sine = sin(angle);
        store(angles, angles_offset + 2 * i, (A)cos(angle));
        store(angles, angles_offset + 2 * i + 1, (A)(inverse != 0 ? -sine : sine));
    }
}

// y = x with its pairs rotated: y [batch, heads, steps, 2 pairs] dense, x in any layout, angles of every item or, when
// items is 1, of all. Bound by bytes.
KERNEL void rope(
        GLOBAL T* y, i64 y_offset, GLOBAL const T* x, i64 x_offset, Layout x_layout,
        GLOBAL const T* angles, i64 angles_offset, i64 items, i64 steps, i64 pairs, i64 count) {
    for (i64 i = GROUP(0) * ITEMS + ITEM; i < count; i += GROUPS(0) * ITEMS) {
        i64 item = items > 1 ? i / (count / items) : 0;
        i64 angle = angles_offset + 2 * (item * steps * pairs + i % (steps * pairs));
        A cosine = load(angles, angle);
        A sine = load(angles, angle + 1);
        i64 at = x_offset + position(&x_layout, 2 * i);
        A a = load(x, at);
        A b = load(x, at + x_layout.stride[3]);
        store(y, y_offset + 2 * i, a * cosine - b * sine);
        store(y, y_offset + 2 * i + 1, a * sine + b * cosine);
    }
}
