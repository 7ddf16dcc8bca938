#include "log_sum_exp.h"

// Rows of n elements that are a stride apart; the layouts say where rows begin. All are bound by bytes: two reads of a
// row, the second mostly cached, and one write.
#define SOFTMAX(name, value)                                                                               \
    KERNEL void name(                                                                                      \
            GLOBAL T* result, i64 y_offset, GLOBAL const T* source, i64 x_offset, Layout y_rows,           \
            Layout x_rows, i64 y_stride, i64 x_stride, i64 rows, i64 n, i64 lanes, i64 across) {           \
        SHARED A tree[GROUP_ITEMS];                                                                        \
        SHARED A sums[GROUP_ITEMS];                                                                        \
        Share s = share_rows(lanes, across);                                                               \
        for (i64 first = GROUP(0) * s.rows; first < rows; first += GROUPS(0) * s.rows) {                   \
            i64 row = first + s.row < rows ? first + s.row : 0;                                            \
            i64 length = first + s.row < rows ? n : 0;                                                     \
            GLOBAL const T* x = source + x_offset + position(&x_rows, row);                                \
            GLOBAL T* y = result + y_offset + position(&y_rows, row);                                      \
            LogSum all = row_log_sum(tree, sums, s, x, x_stride, length);                                  \
            A inverse = 1 / all.sum, log_sum = log(all.sum);                                               \
            (void)inverse, (void)log_sum;                                                                  \
            for (i64 j = s.lane; j < length; j += s.lanes) {                                               \
                A below = load(x, j * x_stride) - all.largest;                                             \
                store(y, j * y_stride, value);                                                             \
            }                                                                                              \
        }                                                                                                  \
    }

SOFTMAX(softmax, exp(below) * inverse)
SOFTMAX(log_softmax, below - log_sum)

// dx from the gradient g and the result y: a sum over the row, then a value per element that uses it.
#define SOFTMAX_GRAD(name, summand, value)                                                                 \
    KERNEL void name(                                                                                      \
            GLOBAL T* result, i64 dx_offset, GLOBAL const T* gradient, i64 g_offset, GLOBAL const T* saved, \
            i64 y_offset, Layout dx_rows, Layout g_rows, Layout y_rows, i64 dx_stride, i64 g_stride,       \
            i64 y_stride, i64 rows, i64 n, i64 lanes, i64 across) {                                        \
        SHARED A tree[GROUP_ITEMS];                                                                        \
        Share s = share_rows(lanes, across);                                                               \
        for (i64 first = GROUP(0) * s.rows; first < rows; first += GROUPS(0) * s.rows) {                   \
            i64 row = first + s.row < rows ? first + s.row : 0;                                            \
            i64 length = first + s.row < rows ? n : 0;                                                     \
            GLOBAL T* dx = result + dx_offset + position(&dx_rows, row);                                   \
            GLOBAL const T* gs = gradient + g_offset + position(&g_rows, row);                             \
            GLOBAL const T* ys = saved + y_offset + position(&y_rows, row);                                \
            A sum = 0;                                                                                     \
            for (i64 j = s.lane; j < length; j += s.lanes) {                                               \
                A g = load(gs, j * g_stride), y = load(ys, j * y_stride);                                  \
                (void)y;                                                                                   \
                sum += summand;                                                                            \
            }                                                                                              \
            sum = row_sum(tree, s, sum);                                                                   \
            for (i64 j = s.lane; j < length; j += s.lanes) {                                               \
                A g = load(gs, j * g_stride), y = load(ys, j * y_stride);                                  \
                store(dx, j * dx_stride, value);                                                           \
            }                                                                                              \
        }                                                                                                  \
    }

SOFTMAX_GRAD(softmax_grad, g * y, y * (g - sum))
SOFTMAX_GRAD(log_softmax_grad, g, g - exp(y) * sum)
