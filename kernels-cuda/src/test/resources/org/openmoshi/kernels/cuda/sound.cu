#include "dialect.h"

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
