#include "dialect.h"
#include "functions.h"
#include "rounding.h"

#ifdef INTEGRAL
#define ATTRIBUTE(value) to_integer(value)
#else
#define ATTRIBUTE(value) ((A)(value))
#endif

// An entry point per function: y[i] = f(x[i]) for x in any layout and dense y; a and b are the function's attributes.
#define UNARY(name, value)                                                                                 \
    KERNEL void unary_##name(                                                                              \
            GLOBAL T* y, i64 y_offset, GLOBAL const T* source, i64 x_offset, Layout layout, double a_attribute, \
            double b_attribute, i64 count) {                                                               \
        A a = ATTRIBUTE(a_attribute), b = ATTRIBUTE(b_attribute);                                          \
        (void)a, (void)b;                                                                                  \
        for (i64 i = GROUP(0) * ITEMS + ITEM; i < count; i += GROUPS(0) * ITEMS) {                         \
            A x = load(source, x_offset + position(&layout, i));                                           \
            store(y, y_offset + i, value);                                                                 \
        }                                                                                                  \
    }

UNARY(neg, -x)
UNARY(abs, x < 0 ? -x : x)
UNARY(square, x * x)
UNARY(affine, a * x + b)
#ifdef INTEGRAL
UNARY(relu, x > 0 ? x : 0)
UNARY(clamp, x < a ? a : x > b ? b : x)
UNARY(sign, x > 0 ? 1 : x < 0 ? -1 : 0)
UNARY(floor, x)
UNARY(round, x)
#else
UNARY(relu, x > 0 || x != x ? x : 0)
UNARY(clamp, x != x ? x : x < a ? a : x > b ? b : x)
UNARY(sign, x > 0 ? 1 : x < 0 ? -1 : x)
UNARY(floor, floor(x))
UNARY(round, rint(x))
UNARY(exp, exp(x))
UNARY(log, log(x))
UNARY(sqrt, sqrt(x))
UNARY(rsqrt, 1 / sqrt(x))
UNARY(reciprocal, 1 / x)
UNARY(pow, real_power(x, a))
UNARY(sin, sin(x))
UNARY(cos, cos(x))
UNARY(tanh, tanh(x))
UNARY(sigmoid, sigmoid(x))
UNARY(elu, x > 0 ? x : a * expm1(x))
UNARY(gelu, x * normal_cdf(x))
UNARY(silu, x * sigmoid(x))
UNARY(leaky_relu, x > 0 ? x : a * x)
#endif

#ifndef INTEGRAL
// dx[i] = g[i] f'(s[i]), where s is x or, for the functions that save it, the result.
#define UNARY_GRAD(name, derivative)                                                                       \
    KERNEL void unary_grad_##name(                                                                         \
            GLOBAL T* dx, i64 dx_offset, GLOBAL const T* g, i64 g_offset, Layout g_layout,                 \
            GLOBAL const T* saved, i64 s_offset, Layout s_layout, double a_attribute, double b_attribute,  \
            i64 count) {                                                                                   \
        A a = (A)a_attribute, b = (A)b_attribute;                                                          \
        (void)a, (void)b;                                                                                  \
        for (i64 i = GROUP(0) * ITEMS + ITEM; i < count; i += GROUPS(0) * ITEMS) {                         \
            A s = load(saved, s_offset + position(&s_layout, i));                                          \
            (void)s;                                                                                       \
            store(dx, dx_offset + i, load(g, g_offset + position(&g_layout, i)) * (derivative));           \
        }                                                                                                  \
    }

// from the result
UNARY_GRAD(exp, s)
UNARY_GRAD(sqrt, (A)0.5 / s)
UNARY_GRAD(rsqrt, (A)-0.5 * s * s * s)
UNARY_GRAD(reciprocal, -s * s)
UNARY_GRAD(tanh, 1 - s * s)
UNARY_GRAD(sigmoid, s * (1 - s))
UNARY_GRAD(elu, s > 0 ? 1 : s + a)
UNARY_GRAD(relu, s > 0 ? 1 : 0)
UNARY_GRAD(leaky_relu, s > 0 ? 1 : a)
// from the argument
UNARY_GRAD(neg, -1)
UNARY_GRAD(abs, s > 0 ? 1 : s < 0 ? -1 : s)
UNARY_GRAD(log, 1 / s)
UNARY_GRAD(square, 2 * s)
UNARY_GRAD(pow, a == 0 ? 0 : a * real_power(s, a - 1))
UNARY_GRAD(sin, cos(s))
UNARY_GRAD(cos, -sin(s))
UNARY_GRAD(gelu, normal_cdf(s) + s * normal_pdf(s))
UNARY_GRAD(silu, sigmoid(s) * (1 + s * sigmoid(-s)))
UNARY_GRAD(clamp, s >= a && s <= b ? 1 : 0)
UNARY_GRAD(affine, a)
UNARY_GRAD(sign, 0)
UNARY_GRAD(floor, 0)
UNARY_GRAD(round, 0)
#endif
