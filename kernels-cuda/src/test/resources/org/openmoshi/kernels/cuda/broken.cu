#include "tensor_core.h"

// Each kernel has one fault, on the line that says so.

KERNEL void read_past_the_end(GLOBAL float* y, GLOBAL const float* x, i64 count) {
    y[ITEM] = x[ITEM + 1]; // FAULT read_past_the_end
}

KERNEL void write_before_the_begin(GLOBAL float* y, GLOBAL const float* x, i64 count) {
    y[(i64)ITEM - 1] = x[ITEM]; // FAULT write_before_the_begin
}

KERNEL void misaligned(GLOBAL float* y, GLOBAL const float* x, i64 count) {
    GLOBAL const double* wide = (GLOBAL const double*)(x + 1);
    y[ITEM] = ITEM == 0 ? (float)wide[0] : 0; // FAULT misaligned
}

KERNEL void not_device_memory(GLOBAL float* y, GLOBAL const float* x, i64 count) {
    GLOBAL float* nowhere = (GLOBAL float*)count;
    nowhere[ITEM] = 1; // FAULT not_device_memory
}

KERNEL void outside_of_a_shared_array(GLOBAL float* y, GLOBAL const float* x, i64 count) {
    SHARED float a[8];
    a[ITEM] = x[ITEM]; // FAULT outside_of_a_shared_array
    BARRIER;
    y[ITEM] = a[ITEM % 8];
}

KERNEL void some_return_before_the_barrier(GLOBAL float* y, GLOBAL const float* x, i64 count) {
    if (ITEM >= 20) {
        return;
    }
    BARRIER; // FAULT some_return_before_the_barrier
    y[ITEM] = x[ITEM];
}

KERNEL void two_barriers(GLOBAL float* y, GLOBAL const float* x, i64 count) {
    if (ITEM < 8) {
        BARRIER; // FAULT two_barriers
    } else {
        BARRIER;
    }
    y[ITEM] = x[ITEM];
}

KERNEL void missing_barrier(GLOBAL float* y, GLOBAL const float* x, i64 count) {
    SHARED float a[256];
    a[ITEM] = x[ITEM]; // FAULT missing_barrier
    y[ITEM] = a[ITEMS - 1 - ITEM];
}

KERNEL void missing_second_barrier(GLOBAL float* y, GLOBAL const float* x, i64 count) {
    SHARED float a[256];
    float sum = 0;
    for (int step = 0; step < 2; step++) {
        a[ITEM] = x[ITEM] + step; // FAULT missing_second_barrier
        BARRIER;
        sum += a[ITEMS - 1 - ITEM];
    }
    y[ITEM] = sum;
}

KERNEL void groups_write_the_same(GLOBAL float* y, GLOBAL const float* x, i64 count) {
    y[ITEM] = x[ITEM] + GROUP(0); // FAULT groups_write_the_same
}

KERNEL void groups_read_what_others_write(GLOBAL float* y, GLOBAL const float* x, i64 count) {
    if (GROUP(0) == 0) {
        y[ITEM] = x[ITEM];
    } else if (y[ITEM] > 0) { // FAULT groups_read_what_others_write
        y[ITEMS + ITEM] = 1;
    }
}

KERNEL void half_a_warp_shuffles(GLOBAL float* y, GLOBAL const float* x, i64 count) {
    float value = x[ITEM];
    if (ITEM < 16) {
        value += __shfl_xor_sync(0xffffffffu, value, 1); // FAULT half_a_warp_shuffles
    } else {
        BARRIER;
    }
    y[ITEM] = value;
}

KERNEL void half_a_warp_multiplies(GLOBAL float* y, GLOBAL const float* x, i64 count) {
    float sums[4] = {x[ITEM], 0, 0, 0};
    u32 fragments[4] = {0, 0, 0, 0};
    if (ITEM < 16) {
        multiply_fragments(sums, fragments, 0, 0); // FAULT half_a_warp_multiplies
    } else {
        BARRIER;
    }
    y[ITEM] = sums[0];
}

// The copies of a quarter of the items, to the memory of all.
#define COPY(a, x)                                                                                         \
    if (ITEM < ITEMS / 4) {                                                                                \
        copy_async(place_of((a) + 8 * ITEM), (GLOBAL const u16*)(x) + 8 * ITEM, 16);                       \
    }                                                                                                      \
    end_copies()

KERNEL void copy_without_a_wait(GLOBAL float* y, GLOBAL const float* x, i64 count) {
    PANEL_OF(a, 64);
    COPY(a, x);
    BARRIER;
    y[ITEM] = a[ITEM];
}

// Waits for all but the last copies, where there is but one.
KERNEL void waits_for_older_copies(GLOBAL float* y, GLOBAL const float* x, i64 count) {
    PANEL_OF(a, 64);
    COPY(a, x);
    await_older_copies();
    BARRIER;
    y[ITEM] = ((LOCAL float*)a)[ITEM];
    BARRIER;
    await_copies();
}

KERNEL void copy_without_a_barrier(GLOBAL float* y, GLOBAL const float* x, i64 count) {
    PANEL_OF(a, 64);
    COPY(a, x);
    await_copies(); // FAULT copy_without_a_barrier
    y[ITEM] = ((LOCAL float*)a)[ITEMS - 1 - ITEM];
}

KERNEL void misaligned_copy(GLOBAL float* y, GLOBAL const float* x, i64 count) {
    PANEL_OF(a, 64);
    copy_async(place_of(a), (GLOBAL const u16*)x + 1, 16); // FAULT misaligned_copy
    await_copies();
    y[ITEM] = a[ITEM];
}

KERNEL void division_by_zero(GLOBAL float* y, GLOBAL const float* x, i64 count) {
    y[ITEM] = (float)(ITEM / (count - ITEMS)); // FAULT division_by_zero
}

FUNCTION float deeper(float x, i64 depth) {
    volatile float kept[64];
    kept[depth % 64] = x;
    return depth == 0 ? x : deeper(x, depth - 1) + kept[depth % 64]; // FAULT stack_overflow
}

KERNEL void stack_overflow(GLOBAL float* y, GLOBAL const float* x, i64 count) {
    y[ITEM] = deeper(x[ITEM], 1000000);
}
