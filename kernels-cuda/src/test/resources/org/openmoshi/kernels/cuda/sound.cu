#include "tensor_core.h"

// Kernels without a fault, for the tests of the host side and of the emulator.

// y[i] = scale * x[position] + bias, with all four kinds of arguments.
KERNEL void affine(GLOBAL T* y, GLOBAL const T* x, Layout layout, double scale, i64 bias, i64 count) {
    i64 i = GROUP(0) * ITEMS + ITEM;
    if (i < count) {
        store(y, i, (A)scale * load(x, position(&layout, i)) + (A)bias);
    }
}

// y[group] = sum of the group's elements of x, as a tree in shared memory.
KERNEL void group_sum(GLOBAL T* y, GLOBAL const T* x) {
    SHARED A partial[256];
    partial[ITEM] = load(x, GROUP(0) * ITEMS + ITEM);
    BARRIER;
    for (int half = ITEMS / 2; half > 0; half /= 2) {
        if (ITEM < half) {
            partial[ITEM] += partial[ITEM + half];
        }
        BARRIER;
    }
    if (ITEM == 0) {
        store(y, GROUP(0), partial[0]);
    }
}

// The same with shuffles inside a warp; y[0] is the sum of 256 elements.
KERNEL void warp_sum(GLOBAL T* y, GLOBAL const T* x) {
    SHARED A partial[32];
    A sum = load(x, ITEM);
    for (int lanes = 16; lanes > 0; lanes /= 2) {
        sum += __shfl_xor_sync(0xffffffffu, sum, lanes);
    }
    if (ITEM % 32 == 0) {
        partial[ITEM / 32] = sum;
    }
    BARRIER;
    if (ITEM < 32) {
        sum = ITEM < ITEMS / 32 ? partial[ITEM] : 0;
        for (int lanes = 16; lanes > 0; lanes /= 2) {
            sum += __shfl_down_sync(0xffffffffu, sum, lanes);
        }
        if (ITEM == 0) {
            store(y, 0, sum);
        }
    }
}

// A sum in shared memory whose steps only the warp separates.
KERNEL void warp_tree(GLOBAL T* y, GLOBAL const T* x) {
    SHARED A partial[32];
    partial[ITEM] = load(x, ITEM);
    __syncwarp();
    for (int half = 16; half > 0; half /= 2) {
        if (ITEM < half) {
            partial[ITEM] += partial[ITEM + half];
        }
        __syncwarp();
    }
    if (ITEM == 0) {
        store(y, 0, partial[0]);
    }
}

// Votes: y[0] = items whose element is positive, y[1] = votes of the first warp, y[2] = largest element.
KERNEL void votes(GLOBAL i32* y, GLOBAL const i32* x) {
    int positive = __syncthreads_count(x[ITEM] > 0);
    unsigned ballot = __ballot_sync(0xffffffffu, x[ITEM] > 0);
    atomicMax(&y[2], x[ITEM]);
    if (ITEM == 0) {
        y[0] = positive;
        y[1] = (int)ballot;
    }
}

// y[i] = place of item i in the grid.
KERNEL void places(GLOBAL i64* y) {
    i64 group = (GROUP(2) * GROUPS(1) + GROUP(1)) * GROUPS(0) + GROUP(0);
    y[group * ITEMS + ITEM] = group * 1000 + ITEM;
}

// y [16, 8] = a [16, 16] b [16, 8], where x holds a and b in 16 rows of 16 numbers each.
#define MULTIPLY_FRAGMENTS(name, load_right)                                                               \
    KERNEL void name(GLOBAL float* y, GLOBAL const u16* x) {                                               \
        PANEL_OF(left, 256);                                                                               \
        PANEL_OF(right, 256);                                                                              \
        int row = ITEM % 16, half = ITEM / 16;                                                             \
        copy_async(place_of(left + row * 16 + half * 8), x + row * 16 + half * 8, 16);                     \
        copy_async(place_of(right + row * 16 + half * 8), x + 256 + row * 16 + half * 8, 16);              \
        end_copies();                                                                                      \
        await_copies();                                                                                    \
        BARRIER;                                                                                           \
        u32 a[4], b[4];                                                                                    \
        float sums[4] = {0, 0, 0, 0};                                                                      \
        load_fragments(a, place_of(left + row * 16 + half * 8));                                           \
        load_right(b, place_of(right + row * 16 + half * 8));                                              \
        multiply_fragments(sums, a, b[0], FRAGMENT_BELOW);                                                 \
        for (int i = 0; i < 4; i++) {                                                                      \
            y[(ITEM / 4 + i / 2 * 8) * 8 + ITEM % 4 * 2 + i % 2] = sums[i];                                \
        }                                                                                                  \
    }

#define FRAGMENT_BELOW b[1]
MULTIPLY_FRAGMENTS(multiply_fragments_of, load_fragments_transposed)
#undef FRAGMENT_BELOW
#define FRAGMENT_BELOW b[2]
MULTIPLY_FRAGMENTS(multiply_fragments_of_transposed, load_fragments)
