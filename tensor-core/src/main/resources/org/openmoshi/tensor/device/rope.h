#include "dialect.h"

// angles [steps, pairs, 2]: cosine and sine of (offset + step) max_period^(-pair/pairs), computed in double, in which
// large angles keep their digits, once for all heads; the sine is negative for the inverse.
KERNEL void rope_angles(
        GLOBAL T* angles, i64 angles_offset, double max_period, i64 offset, i64 inverse, i64 steps, i64 pairs) {
    for (i64 i = GROUP(0) * ITEMS + ITEM; i < steps * pairs; i += GROUPS(0) * ITEMS) {
        i64 step = i / pairs;
        double frequency = pow(max_period, -(double)(i - step * pairs) / (double)pairs);
        double angle = (double)(offset + step) * frequency;
        double sine = sin(angle);
        store(angles, angles_offset + 2 * i, (A)cos(angle));
        store(angles, angles_offset + 2 * i + 1, (A)(inverse != 0 ? -sine : sine));
    }
}

// y = x with its pairs rotated: y [batch, heads, steps, 2 pairs] dense, x in any layout. Bound by bytes.
KERNEL void rope(
        GLOBAL T* y, i64 y_offset, GLOBAL const T* x, i64 x_offset, Layout x_layout,
        GLOBAL const T* angles, i64 angles_offset, i64 steps, i64 pairs, i64 count) {
    for (i64 i = GROUP(0) * ITEMS + ITEM; i < count; i += GROUPS(0) * ITEMS) {
        i64 angle = angles_offset + 2 * (i % (steps * pairs));
        A cosine = load(angles, angle);
        A sine = load(angles, angle + 1);
        i64 at = x_offset + position(&x_layout, 2 * i);
        A a = load(x, at);
        A b = load(x, at + x_layout.stride[3]);
        store(y, y_offset + 2 * i, a * cosine - b * sine);
        store(y, y_offset + 2 * i + 1, a * sine + b * cosine);
    }
}
