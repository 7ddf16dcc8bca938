#include "dialect.h"

#if defined(TYPE_I32) || defined(TYPE_I64) || defined(TYPE_BOOL)
#define INTEGRAL
#else

// x^y as Java defines it: unlike C, no number where y is none, or where x is 1 or -1 and y infinite.
FUNCTION A real_power(A x, A y) {
    return y != y || (fabs(x) == 1 && isinf(y)) ? NAN : pow(x, y);
}

FUNCTION A sigmoid(A x) {
    return 1 / (1 + exp(-x));
}

// Distribution function of the standard normal; the complement keeps its digits far below zero.
FUNCTION A normal_cdf(A x) {
    return (A)0.5 * erfc(x * (A)-0.70710678118654752440);
}

// Density of the standard normal.
FUNCTION A normal_pdf(A x) {
    return (A)0.39894228040143267794 * exp((A)-0.5 * x * x);
}

#endif
