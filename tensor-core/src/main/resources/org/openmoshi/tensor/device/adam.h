#include "tensors.h"

// Adam and AdamW (Kingma and Ba 2015; Loshchilov and Hutter 2019) for a list of parameters, one along the grid's second
// axis: `kept` is what decoupled decay leaves of a parameter, `decay` multiplies the parameter into the gradient; one of
// them does nothing. Gradients are multiplied by *scale where there is one. Bound by bytes.
#define ADAM_PARAMETERS(i)                                                                                 \
    i64 size##i, GLOBAL T* p##i, i64 p_at##i, GLOBAL T* m##i, i64 m_at##i, GLOBAL T* v##i, i64 v_at##i,    \
            GLOBAL const T* g##i, i64 g_at##i

KERNEL void adam(
        FOR_TENSORS(ADAM_PARAMETERS), i64 count, GLOBAL const double* scale, i64 scale_offset, i64 has_scale,
        double kept, double decay, double beta1, double new1, double beta2, double new2, double rate,
        double correction2, double epsilon) {
    A gradient_scale = has_scale ? (A)scale[scale_offset] : 1;
    for (i64 number = GROUP(1); number < count; number += GROUPS(1)) {
        GLOBAL T* parameter = TENSOR(p, number) + TENSOR(p_at, number);
        GLOBAL T* m = TENSOR(m, number) + TENSOR(m_at, number);
        GLOBAL T* v = TENSOR(v, number) + TENSOR(v_at, number);
        GLOBAL const T* gradient = TENSOR(g, number) + TENSOR(g_at, number);
        i64 size = TENSOR(size, number);
        for (i64 i = GROUP(0) * ITEMS + ITEM; i < size; i += GROUPS(0) * ITEMS) {
            A p = load(parameter, i);
            A g = load(gradient, i) * gradient_scale + (A)decay * p;
            A first = (A)beta1 * load(m, i) + (A)new1 * g;
            A second = (A)beta2 * load(v, i) + (A)new2 * g * g;
            store(m, i, first);
            store(v, i, second);
            A deviation = sqrt(second / (A)correction2) + (A)epsilon;
            store(parameter, i, p * (A)kept - (A)rate * first / deviation);
        }
    }
}
