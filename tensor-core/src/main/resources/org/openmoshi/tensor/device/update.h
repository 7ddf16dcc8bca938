#include "math.h"

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

#ifndef INTEGRAL
// Adam and AdamW (Kingma and Ba 2015; Loshchilov and Hutter 2019): `kept` is what decoupled decay leaves of the
// parameter, `decay` multiplies the parameter into the gradient; one of them does nothing.
KERNEL void adam(
        GLOBAL T* parameter, i64 p_offset, GLOBAL T* m, i64 m_offset, GLOBAL T* v, i64 v_offset,
        GLOBAL const T* gradient, i64 g_offset, double gradient_scale, double kept, double decay,
        double beta1, double new1, double beta2, double new2, double rate, double correction2, double epsilon,
        i64 count) {
    for (i64 i = GROUP(0) * ITEMS + ITEM; i < count; i += GROUPS(0) * ITEMS) {
        A p = load(parameter, p_offset + i);
        A g = load(gradient, g_offset + i) * (A)gradient_scale + (A)decay * p;
        A first = (A)beta1 * load(m, m_offset + i) + (A)new1 * g;
        A second = (A)beta2 * load(v, v_offset + i) + (A)new2 * g * g;
        store(m, m_offset + i, first);
        store(v, v_offset + i, second);
        A deviation = sqrt(second / (A)correction2) + (A)epsilon;
        store(parameter, p_offset + i, p * (A)kept - (A)rate * first / deviation);
    }
}

// velocity = momentum velocity + gradient + decay parameter; parameter -= rate velocity
KERNEL void sgd(
        GLOBAL T* parameter, i64 p_offset, GLOBAL T* velocity, i64 v_offset, GLOBAL const T* gradient, i64 g_offset,
        double gradient_scale, double decay, double momentum, double rate, i64 count) {
    for (i64 i = GROUP(0) * ITEMS + ITEM; i < count; i += GROUPS(0) * ITEMS) {
        A p = load(parameter, p_offset + i);
        A step = (A)momentum * load(velocity, v_offset + i)
                + (load(gradient, g_offset + i) * (A)gradient_scale + (A)decay * p);
        store(velocity, v_offset + i, step);
        store(parameter, p_offset + i, p - (A)rate * step);
    }
}
#endif
