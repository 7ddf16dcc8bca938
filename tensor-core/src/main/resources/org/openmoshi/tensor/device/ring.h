#include "dialect.h"

// Items of a group, each with one column of the result, and keys that a group looks at together.
#define COLUMNS 64

// The slot of a step; steps count from 0.
FUNCTION i64 slot_of(i64 step, i64 slots) {
    return step % slots;
}

// ring[b, h, (positions[b] + t) mod slots] = x[b, h, t]; ring [batch, heads, slots, columns] and x [batch, heads, steps,
// columns] in any layout.
KERNEL void ring_write(
        GLOBAL T* ring, i64 ring_offset, Layout ring_layout, GLOBAL const T* x, i64 x_offset, Layout x_layout,
        GLOBAL const i64* positions, i64 positions_offset, i64 count) {
    i64 columns = x_layout.size[3];
    i64 steps = x_layout.size[2];
    i64 heads = x_layout.size[1];
    for (i64 i = GROUP(0) * ITEMS + ITEM; i < count; i += GROUPS(0) * ITEMS) {
        i64 row = i / columns;
        i64 head = row / steps;
        i64 item = head / heads;
        i64 slot = slot_of(positions[positions_offset + item] + row - head * steps, ring_layout.size[2]);
        i64 to = ring_offset + item * ring_layout.stride[0] + (head - item * heads) * ring_layout.stride[1]
                + slot * ring_layout.stride[2] + (i - row * columns) * ring_layout.stride[3];
        ring[to] = x[x_offset + position(&x_layout, i)];
    }
}

// Attention of a stream: q [batch, heads, steps, columns], keys and values [batch, heads, slots, columns], all in any
// layout, out dense of q's shape. A group has one query and COLUMNS columns of its result: its items compute the scores
// of as many keys, and then each sums its own column. Bound by bytes.
KERNEL void ring_attention(
        GLOBAL T* out, i64 out_offset, GLOBAL const T* q, i64 q_offset, Layout q_layout,
        GLOBAL const T* keys, i64 keys_offset, Layout keys_layout,
        GLOBAL const T* values, i64 values_offset, Layout values_layout,
        GLOBAL const i64* positions, i64 positions_offset, i64 context, double scale) {
    SHARED A scores[COLUMNS];
    i64 columns = q_layout.size[3];
    i64 steps = q_layout.size[2];
    i64 heads = q_layout.size[1];
    i64 slots = keys_layout.size[2];
    i64 rows = q_layout.size[0] * heads * steps;
    i64 slabs = (columns + COLUMNS - 1) / COLUMNS;
    for (i64 row = GROUP(0); row < rows; row += GROUPS(0)) {
        i64 head = row / steps;
        i64 item = head / heads;
        i64 present = positions[positions_offset + item] + row - head * steps;
        i64 first = present >= context ? present - context + 1 : 0;
        i64 query = q_offset + position(&q_layout, row * columns);
        i64 key_head = keys_offset + item * keys_layout.stride[0] + (head - item * heads) * keys_layout.stride[1];
        i64 value_head =
                values_offset + item * values_layout.stride[0] + (head - item * heads) * values_layout.stride[1];
        for (i64 slab = GROUP(1); slab < slabs; slab += GROUPS(1)) {
            i64 column = slab * COLUMNS + ITEM;
            A largest = -INFINITY;
            A total = 0;
            A sum = 0;
            for (i64 key = first; key <= present; key += COLUMNS) {
                int count = present - key + 1 < COLUMNS ? (int)(present - key + 1) : COLUMNS;
                if (ITEM < count) {
                    i64 at = key_head + slot_of(key + ITEM, slots) * keys_layout.stride[2];
                    A score = 0;
                    for (i64 c = 0; c < columns; c++) {
                        score += load(q, query + c * q_layout.stride[3]) * load(keys, at + c * keys_layout.stride[3]);
                    }
                    scores[ITEM] = score * (A)scale;
                }
                BARRIER;
                A now = largest;
                for (int j = 0; j < count; j++) {
                    now = fmax(now, scores[j]);
                }
                A shrink = now == largest ? 1 : exp(largest - now);
                largest = now;
                total *= shrink;
                sum *= shrink;
                for (int j = 0; j < count; j++) {
                    A weight = exp(scores[j] - now);
                    total += weight;
                    if (column < columns) {
                        i64 at = value_head + slot_of(key + j, slots) * values_layout.stride[2];
                        sum += weight * load(values, at + column * values_layout.stride[3]);
                    }
                }
                BARRIER;
            }
            if (column < columns) {
                store(out, out_offset + row * columns + column, sum / total);
            }
        }
    }
}
