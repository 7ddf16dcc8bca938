#include "dialect.h"

// A double as a float whose last bit is set when it is inexact ("round to odd", Boldo and Melquiond 2008): rounding
// that to 16 bits gives what one rounding of the double would.
FUNCTION float to_odd(double value) {
    float nearest = (float)value;
    u32 bits = FLOAT_AS_INT(nearest);
    if ((double)nearest == value || value != value || (bits & 1u) != 0u) {
        return nearest;
    }
    int up = ((double)nearest < value) == (nearest >= 0.0f && (bits >> 31) == 0u);
    return INT_AS_FLOAT(up ? bits + 1u : bits - 1u);
}

// a + b c, rounded twice as Java does: volatile keeps compilers from fusing the two.
FUNCTION double sum_product(double a, double b, double c) {
    volatile double product = b * c;
    return a + product;
}

// The integer that Java makes of a double: 0 of a NaN, the nearer end of what is out of range, where C defines nothing.
FUNCTION i64 to_integer(double value) {
    i64 largest = (i64)(((u64)1 << 63) - 1);
    return value != value ? 0
            : value >= 9223372036854775808.0 ? largest : value <= -9223372036854775808.0 ? -largest - 1 : (i64)value;
}

FUNCTION T from_real(double value) {
#if defined(TYPE_BF16)
    return to_bf16(to_odd(value));
#elif defined(TYPE_F16)
    return to_f16(to_odd(value));
#elif defined(TYPE_I32)
    return value != value ? 0 : value >= 2147483647.0 ? 2147483647 : value <= -2147483648.0 ? -2147483647 - 1 : (i32)value;
#elif defined(TYPE_I64)
    return to_integer(value);
#elif defined(TYPE_BOOL)
    return value != 0.0;
#else
    return (T)value;
#endif
}

FUNCTION T from_integer(i64 value) {
#if defined(TYPE_BF16) || defined(TYPE_F16)
    // bits beyond a double's 53 merge into one, which is enough to round 16 bits as the integer would be
    i64 magnitude = value < 0 ? -value : value;
    i64 kept = (magnitude >> 53) == 0 ? value : (value & ~(i64)0x7ff) | ((value & 0x7ff) == 0 ? 0 : 0x800);
    return from_real((double)kept);
#elif defined(TYPE_BOOL)
    return value != 0;
#else
    return (T)value;
#endif
}
