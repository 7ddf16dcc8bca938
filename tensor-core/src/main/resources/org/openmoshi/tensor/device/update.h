#include "dialect.h"

// Updates in place, one item per element. Bounded by bytes.

// dst[i] *= factor
KERNEL void scale(GLOBAL T* dst, i64 dst_offset, Layout layout, double factor, i64 count) {
    for (i64 i = GROUP(0) * ITEMS + ITEM; i < count; i += GROUPS(0) * ITEMS) {
        i64 at = dst_offset + position(&layout, i);
        store(dst, at, load(dst, at) * (A)factor);
    }
}

// An entry point per function of two operands: to[i] = f(to[i], from[i]), each in its own layout.
#define UPDATE(name, value)                                                                                \
    KERNEL void name(                                                                                      \
            GLOBAL T* dst, i64 dst_offset, Layout dst_layout, GLOBAL const T* src, i64 src_offset,         \
            Layout src_layout, double weight, i64 count) {                                                 \
        A w = (A)weight;                                                                                   \
        for (i64 i = GROUP(0) * ITEMS + ITEM; i < count; i += GROUPS(0) * ITEMS) {                         \
            i64 at = dst_offset + position(&dst_layout, i);                                                \
            A to = load(dst, at);                                                                          \
            A from = load(src, src_offset + position(&src_layout, i));                                     \
            store(dst, at, value);                                                                         \
        }                                                                                                  \
    }

UPDATE(add, to + w * from)
UPDATE(lerp, to + w * (from - to))

// velocity = momentum velocity + scale gradient + decay parameter; parameter -= rate velocity
KERNEL void sgd(
        GLOBAL T* parameter, i64 p_offset, GLOBAL T* velocity, i64 v_offset, GLOBAL const T* gradient, i64 g_offset,
        GLOBAL const double* scale, i64 scale_offset, i64 has_scale, double decay, double momentum, double rate,
        i64 count) {
    A gradient_scale = has_scale ? (A)scale[scale_offset] : 1;
    for (i64 i = GROUP(0) * ITEMS + ITEM; i < count; i += GROUPS(0) * ITEMS) {
        A p = load(parameter, p_offset + i);
        A step = (A)momentum * load(velocity, v_offset + i)
                + (load(gradient, g_offset + i) * gradient_scale + (A)decay * p);
        store(velocity, v_offset + i, step);
        store(parameter, p_offset + i, p - (A)rate * step);
    }
}
