#include "faults.h"
#include "functions.h"
#include "rounding.h"

// Sums lose nothing that the result could hold.
#ifdef INTEGRAL
typedef i64 Sum;
#define from_sum(sum) from_integer(sum)
#else
typedef double Sum;
#define from_sum(sum) from_real(sum)
#endif

// out[o, row, i] = the sum of src[o, j, i] over the uses j of a row, linked by uses.h: out [outer, size, inner] with
// `count` elements, src [outer, uses, inner]. Bounded by bytes.
KERNEL void index_add(
        GLOBAL T* out, i64 out_offset, GLOBAL const T* src, i64 src_offset, GLOBAL const i64* head, i64 head_offset,
        GLOBAL const i64* next, i64 next_offset, i64 uses, i64 size, i64 inner, i64 count) {
    for (i64 at = GROUP(0) * ITEMS + ITEM; at < count; at += GROUPS(0) * ITEMS) {
        i64 line = at / inner;
        i64 row = line % size;
        i64 column = src_offset + line / size * uses * inner + at % inner;
        Sum sum = 0;
        for (i64 j = head[head_offset + row]; j >= 0; j = next[next_offset + j]) {
            sum += load(src, column + j * inner);
        }
        out[out_offset + at] = from_sum(sum);
    }
}

// out[o, index[o, j, i], i] += src[o, j, i] in the order of j: every element of out [outer, size, inner] looks through
// the `uses` indices of its line. For few elements: they take the time of one line together.
KERNEL void scatter_add(
        GLOBAL T* out, i64 out_offset, GLOBAL const T* src, i64 src_offset,
        GLOBAL const i64* index, i64 index_offset, i64 uses, i64 size, i64 inner,
        GLOBAL i64* faults, i64 faults_offset, i64 count) {
    (void)faults_offset;
    for (i64 at = GROUP(0) * ITEMS + ITEM; at < count; at += GROUPS(0) * ITEMS) {
        i64 column = at % inner;
        i64 row = at / inner % size;
        i64 line = at / inner / size * uses * inner + column;
        Sum sum = 0;
        for (i64 j = 0; j < uses; j++) {
            i64 target = index[index_offset + line + j * inner];
            if (target == row) {
                sum += load(src, src_offset + line + j * inner);
            } else if (target < 0 || target >= size) {
                fault(faults, FAULT_INDEX, target, size);
            }
        }
        out[out_offset + at] = from_sum(sum);
    }
}

// The same in the time of one line for any number of elements: an item per line (o, i) adds to sums [outer, size, inner]
// that begin at zero. Bounded by the latency of one use after the other.
KERNEL void scatter_lines(
        GLOBAL Sum* sums, i64 sums_offset, GLOBAL const T* src, i64 src_offset,
        GLOBAL const i64* index, i64 index_offset, i64 uses, i64 size, i64 inner,
        GLOBAL i64* faults, i64 faults_offset, i64 lines) {
    (void)faults_offset;
    for (i64 line = GROUP(0) * ITEMS + ITEM; line < lines; line += GROUPS(0) * ITEMS) {
        i64 outer = line / inner;
        i64 column = line - outer * inner;
        i64 first = outer * uses * inner + column;
        GLOBAL Sum* to = sums + sums_offset + outer * size * inner + column;
        for (i64 j = 0; j < uses; j++) {
            i64 target = index[index_offset + first + j * inner];
            if (target >= 0 && target < size) {
                to[target * inner] += load(src, src_offset + first + j * inner);
            } else {
                fault(faults, FAULT_INDEX, target, size);
            }
        }
    }
}

// out[i] = sums[i]
KERNEL void round_sums(GLOBAL T* out, i64 out_offset, GLOBAL const Sum* sums, i64 sums_offset, i64 count) {
    for (i64 i = GROUP(0) * ITEMS + ITEM; i < count; i += GROUPS(0) * ITEMS) {
        out[out_offset + i] = from_sum(sums[sums_offset + i]);
    }
}
