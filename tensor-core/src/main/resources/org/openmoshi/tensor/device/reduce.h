#include "functions.h"
#include "rows.h"

// A long row is reduced in two launches: the first leaves one number of type A per part of it (TO_PARTS), the second
// reduces those (FROM_PARTS). A shorter one takes a single launch with neither macro.
#ifdef TO_PARTS
typedef A Result;
#define PUT(p, i, total, finished) (p)[i] = (total)
#else
typedef T Result;
#define PUT(p, i, total, finished) store(p, i, finished)
#endif
#ifdef FROM_PARTS
typedef A Source;
#define MAPPED(p, i, mapped) ((p)[i])
#else
typedef T Source;
#define MAPPED(p, i, mapped) mapped_##mapped(load(p, i))
#endif

#define mapped_itself(x) (x)
FUNCTION A mapped_square(A x) {
    return x * x;
}

// An entry point per function: y[part, row] = the elements of a part of a row of x, combined. The elements of a row lie
// by the layout `reduced`, the rows by `kept`; count is the number of elements that a mean divides by.
// Bound by bytes: every element of x is read once.
#define REDUCTION(name, zero, mapped, combined, finished)                                                  \
    KERNEL void reduce_##name(                                                                             \
            GLOBAL Result* y, i64 y_offset, GLOBAL const Source* source, i64 x_offset, Layout kept,        \
            Layout reduced, i64 rows, i64 n, i64 parts, i64 count, i64 lanes, i64 across) {                \
        SHARED A memory[GROUP_ITEMS];                                                                      \
        Share s = share_rows(lanes, across);                                                               \
        i64 length = (n + parts - 1) / parts;                                                              \
        (void)count;                                                                                       \
        for (i64 first = GROUP(0) * s.rows; first < rows * parts; first += GROUPS(0) * s.rows) {           \
            i64 at = first + s.row;                                                                        \
            A total = zero;                                                                                \
            if (at < rows * parts) {                                                                       \
                i64 part = at / rows;                                                                      \
                i64 end = (part + 1) * length < n ? (part + 1) * length : n;                               \
                GLOBAL const Source* x = source + x_offset + position(&kept, at - part * rows);            \
                for (i64 j = part * length + s.lane; j < end; j += s.lanes) {                              \
                    A a = total, b = MAPPED(x, position(&reduced, j), mapped);                             \
                    total = combined;                                                                      \
                }                                                                                          \
            }                                                                                              \
            for (int reach = s.step; reach < s.lanes * s.step; reach *= 2) {                               \
                A a = total, b = exchange(memory, total, reach);                                           \
                total = combined;                                                                          \
            }                                                                                              \
            if (s.lane == 0 && at < rows * parts) {                                                        \
                PUT(y, y_offset + at, total, finished);                                                    \
            }                                                                                              \
        }                                                                                                  \
    }

REDUCTION(sum, 0, itself, a + b, total)
#ifdef INTEGRAL
REDUCTION(max, ~(i64)0x7fffffffffffffff, itself, a > b ? a : b, total)
REDUCTION(min, (i64)0x7fffffffffffffff, itself, a < b ? a : b, total)
#else
REDUCTION(mean, 0, itself, a + b, total / (A)count)
REDUCTION(max, -INFINITY, itself, a > b || a != a ? a : b, total)
REDUCTION(min, INFINITY, itself, a < b || a != a ? a : b, total)
REDUCTION(l2_norm, 0, square, a + b, sqrt(total))
#endif
