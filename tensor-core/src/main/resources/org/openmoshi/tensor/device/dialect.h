// The dialect in which kernels are written: OpenCL C 1.2 and CUDA C++ behind one set of names. A kernel that is written
// in it lives once, in NAME.h, and both NAME.cl and NAME.cu include it.
//
//   KERNEL void name(...)          an entry point
//   FUNCTION type name(...)        a function called by entry points
//   GLOBAL T* p, LOCAL T* p        pointers to device memory and to memory of the group
//   SHARED T a[N];                 memory of the group, declared in an entry point
//   ITEM, ITEMS                    this item's number within its group, and how many there are (groups are lines)
//   GROUP(axis)                    this group's number along an axis of the grid, 0 to 2
//   BARRIER                        all items of a group arrive before one goes on
//   WARP                           defined where neighbouring items exchange values by shuffles: how many of them
//
// The host compiles a file once per element type: T is how an element is stored, A what arithmetic is done in;
// load(p, i) and store(p, i, value) convert between them. TYPE_F32 and so on tell the types apart.
#ifndef OPENMOSHI_DIALECT
#define OPENMOSHI_DIALECT

#ifdef __OPENCL_VERSION__

#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#define KERNEL __kernel
#define FUNCTION
#define GLOBAL __global
#define LOCAL __local
#define SHARED __local
#define ITEM ((int)get_local_id(0))
#define ITEMS ((int)get_local_size(0))
#define GROUP(axis) ((i64)get_group_id(axis))
#define GROUPS(axis) ((i64)get_num_groups(axis))
#define BARRIER barrier(CLK_LOCAL_MEM_FENCE)
typedef char i8;
typedef uchar u8;
typedef ushort u16;
typedef int i32;
typedef uint u32;
typedef long i64;
typedef ulong u64;
#define FLOAT_AS_INT(x) as_uint(x)
#define INT_AS_FLOAT(x) as_float(x)

#else

#define KERNEL extern "C" __global__
#define FUNCTION __device__ static inline
#define GLOBAL
#define LOCAL
#define SHARED __shared__
#define ITEM ((int)threadIdx.x)
#define ITEMS ((int)blockDim.x)
#define GROUP(axis) ((axis) == 0 ? (i64)blockIdx.x : (axis) == 1 ? (i64)blockIdx.y : (i64)blockIdx.z)
#define GROUPS(axis) ((axis) == 0 ? (i64)gridDim.x : (axis) == 1 ? (i64)gridDim.y : (i64)gridDim.z)
#define BARRIER __syncthreads()
#define WARP 32 // items that execute together and can shuffle values; groups consist of whole warps
typedef signed char i8;
typedef unsigned char u8;
typedef unsigned short u16;
typedef int i32;
typedef unsigned int u32;
typedef long long i64;
typedef unsigned long long u64;
#define FLOAT_AS_INT(x) __float_as_uint(x)
#define INT_AS_FLOAT(x) __uint_as_float(x)
#ifndef NAN // NVRTC has the functions of math.h but not its macros
#define NAN __int_as_float(0x7fffffff)
#define INFINITY __int_as_float(0x7f800000)
#endif

#endif

// Sizes and strides, in elements, of up to 8 axes; passed by value. The last axis comes last.
typedef struct {
    i64 rank;
    i64 size[8];
    i64 stride[8];
} Layout;

// Where the element of a row-major number lies.
FUNCTION i64 position(const Layout* layout, i64 index) {
    i64 at = 0;
    for (int axis = (int)layout->rank - 1; axis > 0; axis--) {
        i64 size = layout->size[axis];
        i64 rest = index / size;
        at += (index - rest * size) * layout->stride[axis];
        index = rest;
    }
    return layout->rank == 0 ? 0 : at + index * layout->stride[0];
}

FUNCTION float from_bf16(u16 bits) {
    return INT_AS_FLOAT((u32)bits << 16);
}

// Nearest, ties to even; a NaN keeps its sign and gets a mantissa bit, so that it cannot become infinite.
FUNCTION u16 to_bf16(float value) {
    u32 bits = FLOAT_AS_INT(value);
    if ((bits & 0x7fffffffu) > 0x7f800000u) {
        return (u16)((bits >> 16) | 0x40u);
    }
    return (u16)((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

FUNCTION float from_f16(u16 bits) {
    u32 sign = (u32)(bits & 0x8000u) << 16;
    u32 exponent = (bits >> 10) & 31u;
    u32 mantissa = bits & 0x3ffu;
    if (exponent == 31u) {
        return INT_AS_FLOAT(sign | 0x7f800000u | (mantissa << 13));
    }
    if (exponent != 0u) {
        return INT_AS_FLOAT(sign | ((exponent + 112u) << 23) | (mantissa << 13));
    }
    float magnitude = (float)mantissa * 5.9604644775390625e-8f; // 2^-24, exact
    return sign != 0u ? -magnitude : magnitude;
}

// Nearest, ties to even.
FUNCTION u16 to_f16(float value) {
    u32 bits = FLOAT_AS_INT(value);
    u32 sign = (bits >> 16) & 0x8000u;
    u32 magnitude = bits & 0x7fffffffu;
    if (magnitude > 0x7f800000u) {
        return (u16)(sign | 0x7e00u | ((magnitude >> 13) & 0x3ffu));
    }
    if (magnitude >= 0x477ff000u) { // rounds to 65536 or more
        return (u16)(sign | 0x7c00u);
    }
    if (magnitude >= 0x38800000u) {
        u32 rounded = magnitude + 0xfffu + ((magnitude >> 13) & 1u);
        return (u16)(sign | ((rounded >> 13) - (112u << 10)));
    }
    if (magnitude < 0x33000000u) { // below half of the smallest subnormal
        return (u16)sign;
    }
    u32 shift = 126u - (magnitude >> 23); // 14 to 24 places below the subnormals' unit
    u32 mantissa = (magnitude & 0x7fffffu) | 0x800000u;
    u32 half_up = mantissa + ((1u << (shift - 1u)) - 1u) + ((mantissa >> shift) & 1u);
    return (u16)(sign | (half_up >> shift));
}

#if defined(TYPE_F32)
typedef float T;
typedef float A;
FUNCTION A load(GLOBAL const T* p, i64 i) { return p[i]; }
FUNCTION void store(GLOBAL T* p, i64 i, A value) { p[i] = value; }
#elif defined(TYPE_F64)
typedef double T;
typedef double A;
FUNCTION A load(GLOBAL const T* p, i64 i) { return p[i]; }
FUNCTION void store(GLOBAL T* p, i64 i, A value) { p[i] = value; }
#elif defined(TYPE_BF16)
typedef u16 T;
typedef float A;
FUNCTION A load(GLOBAL const T* p, i64 i) { return from_bf16(p[i]); }
FUNCTION void store(GLOBAL T* p, i64 i, A value) { p[i] = to_bf16(value); }
#elif defined(TYPE_F16)
typedef u16 T;
typedef float A;
FUNCTION A load(GLOBAL const T* p, i64 i) { return from_f16(p[i]); }
FUNCTION void store(GLOBAL T* p, i64 i, A value) { p[i] = to_f16(value); }
#elif defined(TYPE_I32)
typedef i32 T;
typedef i64 A;
FUNCTION A load(GLOBAL const T* p, i64 i) { return p[i]; }
FUNCTION void store(GLOBAL T* p, i64 i, A value) { p[i] = (i32)value; }
#elif defined(TYPE_I64)
typedef i64 T;
typedef i64 A;
FUNCTION A load(GLOBAL const T* p, i64 i) { return p[i]; }
FUNCTION void store(GLOBAL T* p, i64 i, A value) { p[i] = value; }
#elif defined(TYPE_BOOL)
typedef u8 T;
typedef i64 A;
FUNCTION A load(GLOBAL const T* p, i64 i) { return p[i]; }
FUNCTION void store(GLOBAL T* p, i64 i, A value) { p[i] = value != 0; }
#endif

#endif
