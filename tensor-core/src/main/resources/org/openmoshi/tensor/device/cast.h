#include "rounding.h"

// The type that elements come from, and the wider of double and i64 that holds every value of it exactly.
#if defined(FROM_F32)
typedef float From;
#define WIDE_REAL(p, i) ((double)(p)[i])
#elif defined(FROM_F64)
typedef double From;
#define WIDE_REAL(p, i) ((p)[i])
#elif defined(FROM_BF16)
typedef u16 From;
#define WIDE_REAL(p, i) ((double)from_bf16((p)[i]))
#elif defined(FROM_F16)
typedef u16 From;
#define WIDE_REAL(p, i) ((double)from_f16((p)[i]))
#elif defined(FROM_I32)
typedef i32 From;
#elif defined(FROM_I64)
typedef i64 From;
#else
typedef u8 From;
#endif

// to[i] = from[i] converted, in row-major order, each side by its own layout
KERNEL void cast(
        GLOBAL T* to, i64 to_offset, Layout to_layout,
        GLOBAL const From* from, i64 from_offset, Layout from_layout, i64 count) {
    for (i64 i = GROUP(0) * ITEMS + ITEM; i < count; i += GROUPS(0) * ITEMS) {
        i64 source = from_offset + position(&from_layout, i);
        i64 target = to_offset + position(&to_layout, i);
#ifdef WIDE_REAL
        to[target] = from_real(WIDE_REAL(from, source));
#else
        to[target] = from_integer((i64)from[source]);
#endif
    }
}
