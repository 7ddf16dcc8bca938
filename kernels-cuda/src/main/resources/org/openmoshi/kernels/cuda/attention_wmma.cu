#include "head_panel.h"

// attention.h in bfloat16 on tensor cores (Dao 2023), for heads of up to SLAB columns: 64, or 128 with BLOCKS_2. Each of
// 4 warps has 16 of a group's TILE queries in registers, with their scores and results. While keys are multiplied their
// values are copied, and the other way round. Weights are rounded to bfloat16 before they multiply values. Bound by
// flops.
#define LN_2 0.693147180559945309f

// Of the 4 lanes that share the rows of fragments.
FUNCTION float sum_of_row(float x) {
    x += __shfl_xor_sync(0xffffffffu, x, 1);
    return x + __shfl_xor_sync(0xffffffffu, x, 2);
}
FUNCTION float largest_of_row(float x) {
    x = fmaxf(x, __shfl_xor_sync(0xffffffffu, x, 1));
    return fmaxf(x, __shfl_xor_sync(0xffffffffu, x, 2));
}

// The parameters are those of attention.
KERNEL void __launch_bounds__(ATTENTION_ITEMS, 4 - BLOCKS) attention_wmma(
        GLOBAL T* out, i64 out_offset, GLOBAL float* log_sums, i64 log_sums_offset,
        GLOBAL const T* q, i64 q_offset, Layout q_layout, GLOBAL const T* k, i64 k_offset, Layout k_layout,
        GLOBAL const T* v, i64 v_offset, Layout v_layout, i64 causal, i64 context, double scale) {
    PANEL_OF(key_panel, TILE * SLAB);
    PANEL_OF(value_panel, TILE * SLAB);
    Place keys = place_of(key_panel), values = place_of(value_panel);
    i64 queries = q_layout.size[2];
    int columns = (int)q_layout.size[3];
    float scale2 = (float)scale * LOG2_E; // weights are powers of 2
    int warp_row = ITEM / 32 * 16, lane = ITEM % 32;
    i64 tiles = query_tiles(&q_layout);
    for (i64 tile = GROUP(0); tile < tiles; tile += GROUPS(0)) {
        Queries t = queries_of(tile, &q_layout, &k_layout, causal, context);
        Head k_head = head_of(k, k_offset, &k_layout, t.head);
        Head v_head = head_of(v, v_offset, &v_layout, t.head);
        u32 query[SLAB / 16][4];
        load_rows(keys, TILE, head_of(q, q_offset, &q_layout, t.head), t.row, t.rows, columns);
        end_copies();
        await_copies();
        BARRIER;
#pragma unroll
        for (int s = 0; s < SLAB / 16; s++) {
            load_part(query[s], keys, warp_row, s * 16);
        }
        BARRIER;
        float sums[SLAB / 8][4], largest[2], total[2];
#pragma unroll
        for (int j = 0; j < SLAB / 8; j++) {
            sums[j][0] = sums[j][1] = sums[j][2] = sums[j][3] = 0;
        }
        largest[0] = largest[1] = -INFINITY;
        total[0] = total[1] = 0;
        load_rows(keys, TILE, k_head, t.from, at_most(t.to - t.from, TILE), columns);
        end_copies();
        for (i64 key = t.from; key < t.to; key += TILE) {
            int count = at_most(t.to - key, TILE);
            load_rows(values, TILE, v_head, key, count, columns);
            end_copies();
            await_older_copies(); // the keys
            BARRIER;
            float scores[TILE / 8][4];
#pragma unroll
            for (int j = 0; j < TILE / 16; j++) {
#pragma unroll
                for (int i = 0; i < 4; i++) {
                    scores[2 * j][i] = scores[2 * j + 1][i] = 0;
                }
#pragma unroll
                for (int s = 0; s < SLAB / 16; s++) {
                    u32 y[4];
                    load_part(y, keys, j * 16, s * 16);
                    multiply_fragments(scores[2 * j], query[s], y[0], y[2]);
                    multiply_fragments(scores[2 * j + 1], query[s], y[1], y[3]);
                }
            }
            BARRIER;
            if (key + TILE < t.to) {
                load_rows(keys, TILE, k_head, key + TILE, at_most(t.to - key - TILE, TILE), columns);
            }
            end_copies();
#pragma unroll
            for (int half = 0; half < 2; half++) { // rows lane / 4 and lane / 4 + 8 of the warp
                // the keys of this tile that the query sees
                i64 own = t.position + warp_row + lane / 4 + half * 8 - key;
                int first = context > 0 && own >= context ? at_most(own - context + 1, TILE) : 0;
                int end = causal != 0 ? at_most(own + 1, count) : count;
                float now = largest[half];
#pragma unroll
                for (int j = 0; j < TILE / 4; j++) {
                    int at = j / 2 * 8 + lane % 4 * 2 + j % 2;
                    float* score = &scores[j / 2][half * 2 + j % 2];
                    *score = at >= first && at < end ? *score * scale2 : -INFINITY;
                    now = fmaxf(now, *score);
                }
                now = largest_of_row(now);
                float shrink = now == largest[half] ? 1 : exp2f(largest[half] - now);
                largest[half] = now;
                total[half] *= shrink;
#pragma unroll
                for (int j = 0; j < TILE / 4; j++) {
                    float* score = &scores[j / 2][half * 2 + j % 2];
                    *score = *score == -INFINITY ? 0 : exp2f(*score - now);
                    total[half] += *score;
                }
#pragma unroll
                for (int j = 0; j < SLAB / 4; j++) {
                    sums[j / 2][half * 2 + j % 2] *= shrink;
                }
            }
            await_older_copies(); // the values
            BARRIER;
#pragma unroll
            for (int s = 0; s < TILE / 16; s++) {
                u32 weights[4];
                weights[0] = pack_bf16(scores[2 * s][0], scores[2 * s][1]);
                weights[1] = pack_bf16(scores[2 * s][2], scores[2 * s][3]);
                weights[2] = pack_bf16(scores[2 * s + 1][0], scores[2 * s + 1][1]);
                weights[3] = pack_bf16(scores[2 * s + 1][2], scores[2 * s + 1][3]);
#pragma unroll
                for (int j = 0; j < SLAB / 16; j++) {
                    u32 y[4];
                    load_part_transposed(y, values, s * 16, j * 16);
                    multiply_fragments(sums[2 * j], weights, y[0], y[2]);
                    multiply_fragments(sums[2 * j + 1], weights, y[1], y[3]);
                }
            }
            BARRIER;
        }
        await_copies();
#pragma unroll
        for (int half = 0; half < 2; half++) {
            float sum = sum_of_row(total[half]);
            int y = warp_row + lane / 4 + half * 8;
            if (y < t.rows) {
                i64 row = t.head * queries + t.row + y;
                if (lane % 4 == 0) {
                    log_sums[log_sums_offset + row] = largest[half] * LN_2 + logf(sum);
                }
                GLOBAL T* at = out + out_offset + row * columns + lane % 4 * 2;
                float factor = 1 / sum;
#pragma unroll
                for (int j = 0; j < SLAB / 8; j++) {
                    put_pair(at + j * 8, columns - lane % 4 * 2 - j * 8, sums[j][half * 2] * factor,
                             sums[j][half * 2 + 1] * factor);
                }
            }
        }
    }
}
