#include "faults.h"
#include "functions.h"

#ifdef INTEGRAL
FUNCTION i64 divide(GLOBAL i64* faults, i64 x, i64 y) {
    if (y == 0) {
        fault(faults, FAULT_DIVISION, x, y);
        return 0;
    }
    return y == -1 ? (i64)(0 - (u64)x) : x / y;
}

FUNCTION i64 power(GLOBAL i64* faults, i64 x, i64 y) {
    if (y < 0) {
        fault(faults, FAULT_POWER, x, y);
        return 0;
    }
    u64 result = 1;
    u64 square = (u64)x;
    for (i64 e = y; e > 0; e >>= 1) {
        if ((e & 1) == 1) {
            result *= square;
        }
        square *= square;
    }
    return (i64)result;
}
#else
#define divide(faults, x, y) ((x) / (y))
#define power(faults, x, y) real_power(x, y)
#endif

// An entry point per function: z[i] = f(x[i], y[i]), dense z, x and y in any layout of z's shape.
#define BINARY(name, value)                                                                                \
    KERNEL void binary_##name(                                                                             \
            GLOBAL T* z, i64 z_offset, GLOBAL const T* left, i64 x_offset, Layout x_layout,                \
            GLOBAL const T* right, i64 y_offset, Layout y_layout, GLOBAL i64* faults, i64 faults_offset,   \
            i64 count) {                                                                                   \
        (void)faults, (void)faults_offset;                                                                 \
        for (i64 i = GROUP(0) * ITEMS + ITEM; i < count; i += GROUPS(0) * ITEMS) {                         \
            A x = load(left, x_offset + position(&x_layout, i));                                           \
            A y = load(right, y_offset + position(&y_layout, i));                                          \
            store(z, z_offset + i, value);                                                                 \
        }                                                                                                  \
    }

BINARY(add, x + y)
BINARY(sub, x - y)
BINARY(mul, x * y)
BINARY(div, divide(faults, x, y))
BINARY(pow, power(faults, x, y))
BINARY(max, x > y || x != x ? x : y)
BINARY(min, x < y || x != x ? x : y)

// An entry point per relation: z[i] = whether x[i] relates to y[i], z dense and bool.
#define COMPARE(name, relation)                                                                            \
    KERNEL void compare_##name(                                                                            \
            GLOBAL u8* z, i64 z_offset, GLOBAL const T* left, i64 x_offset, Layout x_layout,               \
            GLOBAL const T* right, i64 y_offset, Layout y_layout, i64 count) {                             \
        for (i64 i = GROUP(0) * ITEMS + ITEM; i < count; i += GROUPS(0) * ITEMS) {                         \
            A x = load(left, x_offset + position(&x_layout, i));                                           \
            A y = load(right, y_offset + position(&y_layout, i));                                          \
            z[z_offset + i] = (x relation y) ? 1 : 0;                                                      \
        }                                                                                                  \
    }

COMPARE(eq, ==)
COMPARE(ne, !=)
COMPARE(lt, <)
COMPARE(le, <=)
COMPARE(gt, >)
COMPARE(ge, >=)
