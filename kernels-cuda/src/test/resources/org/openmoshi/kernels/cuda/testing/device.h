// What CUDA C++ has beyond C++, for kernels that g++ compiles: included before their first line. Macros that begin a
// kernel (__global__, __launch_bounds__) stay as they are; the compiler of the emulator finds kernels by them.
#pragma once

#define __CUDA_ARCH__ 900
#define __device__
#define __host__
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __constant__ static const
#define __align__(bytes) __attribute__((aligned(bytes)))
#define __shared__ static __attribute__((section("emulator_shared")))

typedef unsigned long size_t;
typedef unsigned char uchar;

struct emulator_size3 {
    unsigned x, y, z;
};
// They do not change while a thread runs; const also spares them the checks of memory accesses.
extern "C" const emulator_size3 threadIdx, blockIdx, blockDim, gridDim;
#define warpSize 32

extern "C" {
void emulator_barrier(int kind, int value, const char* file, int line);
int emulator_barrier_count();
void emulator_warp(unsigned mask, int kind, unsigned long value, const char* file, int line);
unsigned long emulator_lane(int lane);
unsigned long emulator_atomic(void* address, int bytes, int kind, unsigned long value, unsigned long expected);
unsigned emulator_active_mask();
}

#define EMULATOR_SITE const char *file = __builtin_FILE(), int line = __builtin_LINE()

// --- the block

static inline void __syncthreads(EMULATOR_SITE) {
    emulator_barrier(0, 0, file, line);
}
static inline int __syncthreads_count(int predicate, EMULATOR_SITE) {
    emulator_barrier(1, predicate != 0, file, line);
    return emulator_barrier_count();
}
static inline int __syncthreads_or(int predicate, EMULATOR_SITE) {
    return __syncthreads_count(predicate, file, line) > 0;
}
static inline int __syncthreads_and(int predicate, EMULATOR_SITE) {
    return __syncthreads_count(!predicate, file, line) == 0;
}
static inline void __threadfence_block() {}
static inline void __threadfence() {}

// --- the warp

static inline int emulator_lane_id() {
    return threadIdx.x % 32; // groups are lines
}
static inline void __syncwarp(unsigned mask = 0xffffffffu, EMULATOR_SITE) {
    emulator_warp(mask, 1, 0, file, line);
}
static inline unsigned __activemask() {
    return emulator_active_mask();
}

template <typename T>
static inline T emulator_shuffle(unsigned mask, T value, int source, const char* file, int line) {
    static_assert(sizeof(T) == 4 || sizeof(T) == 8, "shuffles move 4 or 8 bytes");
    unsigned long bits = 0;
    __builtin_memcpy(&bits, &value, sizeof(T));
    emulator_warp(mask, 2, bits, file, line);
    bits = emulator_lane(source);
    __builtin_memcpy(&value, &bits, sizeof(T));
    return value;
}
template <typename T>
static inline T __shfl_sync(unsigned mask, T value, int source, int width = 32, EMULATOR_SITE) {
    int first = emulator_lane_id() / width * width;
    return emulator_shuffle(mask, value, first + (source & (width - 1)), file, line);
}
template <typename T>
static inline T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = 32, EMULATOR_SITE) {
    int lane = emulator_lane_id(), source = lane - (int)delta;
    return emulator_shuffle(mask, value, source < lane / width * width ? lane : source, file, line);
}
template <typename T>
static inline T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32, EMULATOR_SITE) {
    int lane = emulator_lane_id(), source = lane + (int)delta;
    return emulator_shuffle(mask, value, source >= (lane / width + 1) * width ? lane : source, file, line);
}
template <typename T>
static inline T __shfl_xor_sync(unsigned mask, T value, int lanes, int width = 32, EMULATOR_SITE) {
    int lane = emulator_lane_id(), source = lane ^ lanes;
    return emulator_shuffle(mask, value, source >= (lane / width + 1) * width ? lane : source, file, line);
}
static inline unsigned __ballot_sync(unsigned mask, int predicate, EMULATOR_SITE) {
    emulator_warp(mask, 3, predicate != 0, file, line);
    unsigned votes = 0;
    for (int lane = 0; lane < 32; lane++) {
        if (mask >> lane & 1) {
            votes |= (unsigned)(emulator_lane(lane) & 1) << lane;
        }
    }
    return votes;
}
static inline int __any_sync(unsigned mask, int predicate, EMULATOR_SITE) {
    return __ballot_sync(mask, predicate, file, line) != 0;
}
static inline int __all_sync(unsigned mask, int predicate, EMULATOR_SITE) {
    return __ballot_sync(mask, !predicate, file, line) == 0;
}

// --- tensor cores and asynchronous copies: what tensor_core.h wraps. A warp comes together for each operation, and the
// driver does it for all of them.

#define EMULATED_TENSOR_CORE
extern "C" {
void emulator_copy(unsigned long to, const void* from, int bytes);
void emulator_end_copies();
int emulator_due_copy(int pending, unsigned long* to, const void** from);
}

typedef unsigned long Place;
static inline Place place_of(const void* p) {
    return (Place)p;
}

struct emulator_product {
    float* sums; // 4
    const unsigned* a; // 4
    unsigned b[2];
};
static inline void multiply_fragments(float* sums, const unsigned* a, unsigned b0, unsigned b1, EMULATOR_SITE) {
    emulator_product own = {sums, a, {b0, b1}};
    emulator_warp(0xffffffffu, 4, (unsigned long)&own, file, line);
}

struct emulator_piece {
    unsigned pairs[4];
};
struct emulator_matrices {
    Place place;
    emulator_piece row; // read by the thread itself, whose access is checked
    unsigned* fragments; // 4
};
static inline void load_fragments(unsigned* fragments, Place row, EMULATOR_SITE) {
    emulator_matrices own = {row, *(const emulator_piece*)row, fragments};
    emulator_warp(0xffffffffu, 5, (unsigned long)&own, file, line);
}
static inline void load_fragments_transposed(unsigned* fragments, Place row, EMULATOR_SITE) {
    emulator_matrices own = {row, *(const emulator_piece*)row, fragments};
    emulator_warp(0xffffffffu, 6, (unsigned long)&own, file, line);
}

static inline void store_piece(Place to, const unsigned* pairs) {
    *(emulator_piece*)to = {pairs[0], pairs[1], pairs[2], pairs[3]};
}

static inline unsigned emulator_bf16(float x) { // nearest, ties to even
    unsigned bits;
    __builtin_memcpy(&bits, &x, 4);
    return x != x ? 0x7fffu : (bits + 0x7fffu + (bits >> 16 & 1)) >> 16;
}
static inline unsigned pack_bf16(float first, float second) {
    return emulator_bf16(first) | emulator_bf16(second) << 16;
}

// A copy takes place no sooner than it is waited for: who does not wait reads what was there before.
static inline void copy_async(Place to, const unsigned short* from, int bytes) {
    emulator_copy(to, from, bytes);
}
static inline void end_copies() {
    emulator_end_copies();
}
static inline void emulator_await(int pending) {
    Place to;
    const void* from;
    for (int bytes; (bytes = emulator_due_copy(pending, &to, &from)) >= 0;) {
        emulator_piece piece = {};
        if (bytes == sizeof piece) {
            piece = *(const emulator_piece*)from;
        } else {
            for (int i = 0; i < bytes / 2; i++) {
                piece.pairs[i / 2] |= (unsigned)((const unsigned short*)from)[i] << i % 2 * 16;
            }
        }
        *(emulator_piece*)to = piece;
    }
}
static inline void await_copies() {
    emulator_await(0);
}
static inline void await_older_copies() {
    emulator_await(1);
}

// --- integer atomics

#define EMULATOR_ATOMIC(name, kind)                                                           \
    static inline int name(int* p, int v) { return (int)emulator_atomic(p, 4, kind, (unsigned)v, 0); } \
    static inline unsigned name(unsigned* p, unsigned v) { return (unsigned)emulator_atomic(p, 4, kind + 1, v, 0); } \
    static inline unsigned long long name(unsigned long long* p, unsigned long long v) {       \
        return emulator_atomic(p, 8, kind + 1, v, 0);                                          \
    }
EMULATOR_ATOMIC(atomicAdd, 0)
EMULATOR_ATOMIC(atomicSub, 2)
EMULATOR_ATOMIC(atomicMax, 4)
EMULATOR_ATOMIC(atomicMin, 6)
EMULATOR_ATOMIC(atomicAnd, 8)
EMULATOR_ATOMIC(atomicOr, 10)
EMULATOR_ATOMIC(atomicXor, 12)
EMULATOR_ATOMIC(atomicExch, 14)
static inline int atomicCAS(int* p, int expected, int v) {
    return (int)emulator_atomic(p, 4, 16, (unsigned)v, (unsigned)expected);
}
static inline unsigned atomicCAS(unsigned* p, unsigned expected, unsigned v) {
    return (unsigned)emulator_atomic(p, 4, 16, v, expected);
}
static inline unsigned long long atomicCAS(
        unsigned long long* p, unsigned long long expected, unsigned long long v) {
    return emulator_atomic(p, 8, 16, v, expected);
}

// --- mathematics: the names of C, with overloads for float as CUDA has them

#define EMULATOR_MATH1(name)                                                  \
    static inline float name##f(float x) { return __builtin_##name##f(x); }   \
    static inline float name(float x) { return __builtin_##name##f(x); }      \
    static inline double name(double x) { return __builtin_##name(x); }
#define EMULATOR_MATH2(name)                                                                 \
    static inline float name##f(float x, float y) { return __builtin_##name##f(x, y); }      \
    static inline float name(float x, float y) { return __builtin_##name##f(x, y); }         \
    static inline double name(double x, double y) { return __builtin_##name(x, y); }
EMULATOR_MATH1(exp) EMULATOR_MATH1(exp2) EMULATOR_MATH1(expm1) EMULATOR_MATH1(log) EMULATOR_MATH1(log2)
EMULATOR_MATH1(log10) EMULATOR_MATH1(log1p) EMULATOR_MATH1(sqrt) EMULATOR_MATH1(cbrt) EMULATOR_MATH1(sin)
EMULATOR_MATH1(cos) EMULATOR_MATH1(tan) EMULATOR_MATH1(asin) EMULATOR_MATH1(acos) EMULATOR_MATH1(atan)
EMULATOR_MATH1(sinh) EMULATOR_MATH1(cosh) EMULATOR_MATH1(tanh) EMULATOR_MATH1(erf) EMULATOR_MATH1(erfc)
EMULATOR_MATH1(floor) EMULATOR_MATH1(ceil) EMULATOR_MATH1(trunc) EMULATOR_MATH1(round) EMULATOR_MATH1(rint)
EMULATOR_MATH1(nearbyint) EMULATOR_MATH1(fabs)
EMULATOR_MATH2(pow) EMULATOR_MATH2(fmod) EMULATOR_MATH2(fmax) EMULATOR_MATH2(fmin) EMULATOR_MATH2(copysign)
EMULATOR_MATH2(hypot) EMULATOR_MATH2(atan2) EMULATOR_MATH2(fdim)
static inline float fmaf(float x, float y, float z) { return __builtin_fmaf(x, y, z); }
static inline float fma(float x, float y, float z) { return __builtin_fmaf(x, y, z); }
static inline double fma(double x, double y, double z) { return __builtin_fma(x, y, z); }
static inline float ldexpf(float x, int exponent) { return __builtin_ldexpf(x, exponent); }
static inline float ldexp(float x, int exponent) { return __builtin_ldexpf(x, exponent); }
static inline double ldexp(double x, int exponent) { return __builtin_ldexp(x, exponent); }
static inline float rsqrtf(float x) { return 1 / __builtin_sqrtf(x); }
static inline float rsqrt(float x) { return 1 / __builtin_sqrtf(x); }
static inline double rsqrt(double x) { return 1 / __builtin_sqrt(x); }
static inline void sincosf(float x, float* s, float* c) { *s = sinf(x), *c = cosf(x); }
static inline void sincos(double x, double* s, double* c) { *s = sin(x), *c = cos(x); }
static inline bool isnan(float x) { return x != x; }
static inline bool isnan(double x) { return x != x; }
static inline bool isinf(float x) { return __builtin_isinf(x); }
static inline bool isinf(double x) { return __builtin_isinf(x); }
static inline bool isfinite(float x) { return __builtin_isfinite(x); }
static inline bool isfinite(double x) { return __builtin_isfinite(x); }
static inline bool signbit(float x) { return __builtin_signbit(x); }
static inline bool signbit(double x) { return __builtin_signbit(x); }
static inline float abs(float x) { return __builtin_fabsf(x); }
static inline double abs(double x) { return __builtin_fabs(x); }
static inline int abs(int x) { return x < 0 ? -x : x; }
static inline long long abs(long long x) { return x < 0 ? -x : x; }
static inline float max(float x, float y) { return __builtin_fmaxf(x, y); }
static inline float min(float x, float y) { return __builtin_fminf(x, y); }
static inline double max(double x, double y) { return __builtin_fmax(x, y); }
static inline double min(double x, double y) { return __builtin_fmin(x, y); }
#define EMULATOR_ORDER(type)                                        \
    static inline type max(type x, type y) { return x > y ? x : y; } \
    static inline type min(type x, type y) { return x < y ? x : y; }
EMULATOR_ORDER(int) EMULATOR_ORDER(unsigned) EMULATOR_ORDER(long long) EMULATOR_ORDER(unsigned long long)

static inline float __expf(float x) { return __builtin_expf(x); }
static inline float __exp10f(float x) { return __builtin_powf(10, x); }
static inline float __logf(float x) { return __builtin_logf(x); }
static inline float __log2f(float x) { return __builtin_log2f(x); }
static inline float __sinf(float x) { return __builtin_sinf(x); }
static inline float __cosf(float x) { return __builtin_cosf(x); }
static inline float __powf(float x, float y) { return __builtin_powf(x, y); }
static inline float __fdividef(float x, float y) { return x / y; }
static inline float __fmaf_rn(float x, float y, float z) { return __builtin_fmaf(x, y, z); }
static inline float __fadd_rn(float x, float y) { return x + y; }
static inline float __fsub_rn(float x, float y) { return x - y; }
static inline float __fmul_rn(float x, float y) { return x * y; }
static inline float __fdiv_rn(float x, float y) { return x / y; }
static inline float __fsqrt_rn(float x) { return __builtin_sqrtf(x); }
static inline float __frcp_rn(float x) { return 1 / x; }
static inline double __fma_rn(double x, double y, double z) { return __builtin_fma(x, y, z); }
static inline double __dadd_rn(double x, double y) { return x + y; }
static inline double __dsub_rn(double x, double y) { return x - y; }
static inline double __dmul_rn(double x, double y) { return x * y; }
static inline double __ddiv_rn(double x, double y) { return x / y; }

template <typename To, typename From>
static inline To emulator_bits(From from) {
    static_assert(sizeof(To) == sizeof(From), "same size");
    To to;
    __builtin_memcpy(&to, &from, sizeof(To));
    return to;
}
static inline int __float_as_int(float x) { return emulator_bits<int>(x); }
static inline unsigned __float_as_uint(float x) { return emulator_bits<unsigned>(x); }
static inline float __int_as_float(int x) { return emulator_bits<float>(x); }
static inline float __uint_as_float(unsigned x) { return emulator_bits<float>(x); }
static inline long long __double_as_longlong(double x) { return emulator_bits<long long>(x); }
static inline double __longlong_as_double(long long x) { return emulator_bits<double>(x); }

static inline int __popc(unsigned x) { return __builtin_popcount(x); }
static inline int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
static inline int __clz(int x) { return x ? __builtin_clz((unsigned)x) : 32; }
static inline int __clzll(long long x) { return x ? __builtin_clzll((unsigned long long)x) : 64; }
static inline int __ffs(int x) { return __builtin_ffs(x); }
static inline unsigned __umulhi(unsigned x, unsigned y) { return (unsigned)((unsigned long long)x * y >> 32); }
static inline unsigned long long __umul64hi(unsigned long long x, unsigned long long y) {
    return (unsigned long long)((unsigned __int128)x * y >> 64);
}
template <typename T>
static inline T __ldg(const T* p) { return *p; }

// --- vectors, aligned as CUDA aligns them

#define EMULATOR_VECTORS(T, name, align2, align4)                                            \
    struct __align__(align2) name##2 { T x, y; };                                             \
    struct __align__(align4) name##4 { T x, y, z, w; };                                       \
    static inline name##2 make_##name##2(T x, T y) { return {x, y}; }                         \
    static inline name##4 make_##name##4(T x, T y, T z, T w) { return {x, y, z, w}; }
EMULATOR_VECTORS(float, float, 8, 16)
EMULATOR_VECTORS(double, double, 16, 16)
EMULATOR_VECTORS(int, int, 8, 16)
EMULATOR_VECTORS(unsigned, uint, 8, 16)
EMULATOR_VECTORS(short, short, 4, 8)
EMULATOR_VECTORS(unsigned short, ushort, 4, 8)

// --- how the emulator calls a kernel: parameters by their addresses

template <int... I>
struct emulator_sequence {};

template <auto kernel>
struct emulator_entry;

template <typename... P, void (*kernel)(P...)>
struct emulator_entry<kernel> {
    static constexpr int count = sizeof...(P);
    static constexpr int sizes[count + 1] = {(int)sizeof(P)..., 0};
    static constexpr int alignments[count + 1] = {(int)alignof(P)..., 0};

    template <int... I>
    __attribute__((no_sanitize("thread"))) static void call(void** parameters, emulator_sequence<I...>) {
        kernel(*(P*)parameters[I]...);
    }
    __attribute__((no_sanitize("thread"))) static void call(void** parameters) {
        call(parameters, emulator_sequence<__integer_pack(sizeof...(P))...>());
    }
};

struct emulator_kernel {
    const char* name;
    void (*call)(void** parameters);
    int count;
    const int *sizes, *alignments;
};

// Where the __shared__ arrays lie; both are null when there are none.
extern "C" {
extern char __start_emulator_shared[] __attribute__((weak, visibility("hidden")));
extern char __stop_emulator_shared[] __attribute__((weak, visibility("hidden")));
extern const char* const emulator_shared_bounds[2];
const char* const emulator_shared_bounds[2] = {__start_emulator_shared, __stop_emulator_shared};
}
