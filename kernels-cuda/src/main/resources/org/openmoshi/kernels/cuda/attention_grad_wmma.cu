#include "head_panel.h"

// attention_grad.h in bfloat16 on tensor cores, for heads of up to SLAB columns. Each of 4 warps has 16 of a group's TILE
// rows in registers, with their results; of the other side STEP rows are multiplied while the next ones are copied.
// Weights and their gradients are rounded to bfloat16 before they multiply. Bound by flops.
#define STEP 32
#define STEP_PANEL (STEP * SLAB)

// The fragments of a warp's 16 rows of a tile of a head; `panels` has room for the tile.
FUNCTION void load_tile(u32 (*fragments)[4], Place panels, Head x, i64 row, int rows, int columns) {
    load_rows(panels, TILE, x, row, rows, columns);
    end_copies();
    await_copies();
    BARRIER;
#pragma unroll
    for (int s = 0; s < SLAB / 16; s++) {
        load_part(fragments[s], panels, ITEM / 32 * 16, s * 16);
    }
    BARRIER;
}

// products = the warp's rows by the STEP rows of a panel.
FUNCTION void multiply_panel(float (*products)[4], const u32 (*rows)[4], Place panel) {
#pragma unroll
    for (int j = 0; j < STEP / 16; j++) {
#pragma unroll
        for (int i = 0; i < 4; i++) {
            products[2 * j][i] = products[2 * j + 1][i] = 0;
        }
#pragma unroll
        for (int s = 0; s < SLAB / 16; s++) {
            u32 y[4];
            load_part(y, panel, j * 16, s * 16);
            multiply_fragments(products[2 * j], rows[s], y[0], y[2]);
            multiply_fragments(products[2 * j + 1], rows[s], y[1], y[3]);
        }
    }
}

// sums += weights by the STEP rows of a panel, `blocks` times 16 columns of it from `first` on.
FUNCTION void add_weighted_panel(float (*sums)[4], const float (*weights)[4], Place panel, int first, int blocks) {
#pragma unroll
    for (int s = 0; s < STEP / 16; s++) {
        u32 x[4];
        x[0] = pack_bf16(weights[2 * s][0], weights[2 * s][1]);
        x[1] = pack_bf16(weights[2 * s][2], weights[2 * s][3]);
        x[2] = pack_bf16(weights[2 * s + 1][0], weights[2 * s + 1][1]);
        x[3] = pack_bf16(weights[2 * s + 1][2], weights[2 * s + 1][3]);
#pragma unroll
        for (int j = 0; j < blocks; j++) {
            u32 y[4];
            load_part_transposed(y, panel, s * 16, first + j * 16);
            multiply_fragments(sums[2 * j], x, y[0], y[2]);
            multiply_fragments(sums[2 * j + 1], x, y[1], y[3]);
        }
    }
}

// Writes the warp's rows of a dense head, `blocks` times 16 columns from `first` on, times a factor.
FUNCTION void store_rows(
        GLOBAL T* to, i64 row, int rows, int first, int columns, const float (*sums)[4], int blocks, float factor) {
    int lane = ITEM % 32;
#pragma unroll
    for (int half = 0; half < 2; half++) {
        int y = ITEM / 32 * 16 + lane / 4 + half * 8;
        if (y < rows) {
            int x = first + lane % 4 * 2;
            GLOBAL T* at = to + (row + y) * columns + x;
#pragma unroll
            for (int j = 0; j < 2 * blocks; j++) {
                put_pair(at + j * 8, columns - x - j * 8, sums[j][half * 2] * factor, sums[j][half * 2 + 1] * factor);
            }
        }
    }
}

// The parameters are those of attention_grad_q.
KERNEL void __launch_bounds__(ATTENTION_ITEMS, 2) attention_grad_q_wmma(
        GLOBAL T* dq, i64 dq_offset, GLOBAL const T* g, i64 g_offset, Layout g_layout,
        GLOBAL const T* q, i64 q_offset, Layout q_layout, GLOBAL const T* k, i64 k_offset, Layout k_layout,
        GLOBAL const T* v, i64 v_offset, Layout v_layout, GLOBAL const float* log_sums, i64 log_sums_offset,
        GLOBAL const float* delta, i64 delta_offset, i64 causal, i64 context, double scale) {
    PANEL_OF(panels, 4 * STEP_PANEL); // keys and values, then the next ones
    Place at_panels = place_of(panels);
    i64 queries = q_layout.size[2];
    int columns = (int)q_layout.size[3];
    float scale2 = (float)scale * LOG2_E;
    int lane = ITEM % 32;
    i64 tiles = query_tiles(&q_layout);
    for (i64 tile = GROUP(0); tile < tiles; tile += GROUPS(0)) {
        Queries t = queries_of(tile, &q_layout, &k_layout, causal, context);
        Head k_head = head_of(k, k_offset, &k_layout, t.head);
        Head v_head = head_of(v, v_offset, &v_layout, t.head);
        u32 query[SLAB / 16][4], gradient[SLAB / 16][4];
        load_tile(query, at_panels, head_of(q, q_offset, &q_layout, t.head), t.row, t.rows, columns);
        load_tile(gradient, at_panels, head_of(g, g_offset, &g_layout, t.head), t.row, t.rows, columns);
        float sums[SLAB / 8][4], log_sum[2], shared_part[2];
#pragma unroll
        for (int j = 0; j < SLAB / 8; j++) {
            sums[j][0] = sums[j][1] = sums[j][2] = sums[j][3] = 0;
        }
#pragma unroll
        for (int half = 0; half < 2; half++) {
            int y = ITEM / 32 * 16 + lane / 4 + half * 8;
            i64 at = t.head * queries + t.row + y;
            log_sum[half] = y < t.rows ? log_sums[log_sums_offset + at] * LOG2_E : 0;
            shared_part[half] = y < t.rows ? delta[delta_offset + at] : 0;
        }
        load_rows(at_panels, STEP, k_head, t.from, at_most(t.to - t.from, STEP), columns);
        load_rows(at_panels + 2 * STEP_PANEL, STEP, v_head, t.from, at_most(t.to - t.from, STEP), columns);
        end_copies();
        u32 now = 0; // where the panels are that are multiplied
        for (i64 key = t.from; key < t.to; key += STEP) {
            Place keys = at_panels + now, values = keys + 2 * STEP_PANEL;
            now = 4 * STEP_PANEL - now;
            if (key + STEP < t.to) {
                int next = at_most(t.to - key - STEP, STEP);
                load_rows(at_panels + now, STEP, k_head, key + STEP, next, columns);
                load_rows(at_panels + now + 2 * STEP_PANEL, STEP, v_head, key + STEP, next, columns);
            }
            end_copies();
            await_older_copies();
            BARRIER;
            float scores[STEP / 8][4], gradients[STEP / 8][4];
            multiply_panel(scores, query, keys);
            multiply_panel(gradients, gradient, values);
            int count = at_most(t.to - key, STEP);
#pragma unroll
            for (int half = 0; half < 2; half++) {
                // the keys of this step that the query sees and whose weights depend on scores
                i64 position = t.position + ITEM / 32 * 16 + lane / 4 + half * 8;
                i64 own = position - key;
                int first = context > 0 && own >= context ? at_most(own - context + 1, STEP) : 0;
                int end = sees_one(position, k_layout.size[2], causal, context) ? 0
                        : causal != 0 ? at_most(own + 1, count) : count;
#pragma unroll
                for (int j = 0; j < STEP / 4; j++) {
                    int at = j / 2 * 8 + lane % 4 * 2 + j % 2;
                    float weight = exp2f(scores[j / 2][half * 2 + j % 2] * scale2 - log_sum[half]);
                    float* x = &gradients[j / 2][half * 2 + j % 2];
                    *x = at >= first && at < end ? weight * (*x - shared_part[half]) : 0;
                }
            }
            add_weighted_panel(sums, gradients, keys, 0, SLAB / 16);
            BARRIER;
        }
        await_copies();
        store_rows(dq + dq_offset + t.head * queries * columns, t.row, t.rows, 0, columns, sums, SLAB / 16, (float)scale);
    }
}

// The parameters are those of attention_grad_kv. A group computes TILE keys and as many columns: for wider heads, scores
// are computed again.
KERNEL void __launch_bounds__(ATTENTION_ITEMS, 2) attention_grad_kv_wmma(
        GLOBAL T* dk, i64 dk_offset, GLOBAL T* dv, i64 dv_offset, GLOBAL const T* g, i64 g_offset, Layout g_layout,
        GLOBAL const T* q, i64 q_offset, Layout q_layout, GLOBAL const T* k, i64 k_offset, Layout k_layout,
        GLOBAL const T* v, i64 v_offset, Layout v_layout, GLOBAL const float* log_sums, i64 log_sums_offset,
        GLOBAL const float* delta, i64 delta_offset, i64 causal, i64 context, double scale) {
    PANEL_OF(panels, 4 * STEP_PANEL); // queries and their gradients, then the next ones
    Place at_panels = place_of(panels);
    i64 queries = q_layout.size[2];
    i64 keys = k_layout.size[2];
    int columns = (int)q_layout.size[3];
    float scale2 = (float)scale * LOG2_E;
    int lane = ITEM % 32;
    i64 shift = keys - queries; // a query's position among the keys less its number
    i64 row_tiles = (keys + TILE - 1) / TILE;
    i64 slabs = 1 + (columns - 1) / TILE;
    i64 tiles = row_tiles * slabs * q_layout.size[0] * q_layout.size[1];
    for (i64 tile = GROUP(0); tile < tiles; tile += GROUPS(0)) {
        i64 row = tile % row_tiles * TILE;
        int first_column = (int)(tile / row_tiles % slabs) * TILE;
        i64 head = tile / (row_tiles * slabs);
        int rows = at_most(keys - row, TILE);
        Head g_head = head_of(g, g_offset, &g_layout, head);
        Head q_head = head_of(q, q_offset, &q_layout, head);
        i64 from = causal != 0 && row > shift ? (row - shift) / STEP * STEP : 0;
        i64 last = row + rows - 1 + context - shift; // the first query for which all these keys are too old
        i64 to = context > 0 && last < queries ? last : queries;
        u32 key[SLAB / 16][4], value[SLAB / 16][4];
        load_tile(key, at_panels, head_of(k, k_offset, &k_layout, head), row, rows, columns);
        load_tile(value, at_panels, head_of(v, v_offset, &v_layout, head), row, rows, columns);
        float key_sums[TILE / 8][4], value_sums[TILE / 8][4];
#pragma unroll
        for (int j = 0; j < TILE / 8; j++) {
            key_sums[j][0] = key_sums[j][1] = key_sums[j][2] = key_sums[j][3] = 0;
            value_sums[j][0] = value_sums[j][1] = value_sums[j][2] = value_sums[j][3] = 0;
        }
        if (from < to) {
            load_rows(at_panels, STEP, q_head, from, at_most(to - from, STEP), columns);
            load_rows(at_panels + 2 * STEP_PANEL, STEP, g_head, from, at_most(to - from, STEP), columns);
            end_copies();
        }
        u32 now = 0; // where the panels are that are multiplied
        for (i64 query = from; query < to; query += STEP) {
            Place q_panel = at_panels + now, g_panel = q_panel + 2 * STEP_PANEL;
            now = 4 * STEP_PANEL - now;
            if (query + STEP < to) {
                int next = at_most(to - query - STEP, STEP);
                load_rows(at_panels + now, STEP, q_head, query + STEP, next, columns);
                load_rows(at_panels + now + 2 * STEP_PANEL, STEP, g_head, query + STEP, next, columns);
            }
            end_copies();
            await_older_copies();
            BARRIER;
            float weights[STEP / 8][4], gradients[STEP / 8][4];
            multiply_panel(weights, key, q_panel);
            multiply_panel(gradients, value, g_panel);
            int count = at_most(to - query, STEP);
            int first[2], end[2]; // the queries of this step that see the keys of the two rows
#pragma unroll
            for (int half = 0; half < 2; half++) {
                i64 own = row + ITEM / 32 * 16 + lane / 4 + half * 8 - shift - query; // the query at the key's place
                first[half] = causal != 0 ? at_most(own, STEP) : 0;
                end[half] = context > 0 ? at_most(own + context, count) : count;
            }
            i64 number = head * queries + query + lane % 4 * 2;
            GLOBAL const float* log_sum = log_sums + log_sums_offset + number;
            GLOBAL const float* shared_part = delta + delta_offset + number;
#pragma unroll
            for (int j = 0; j < STEP / 4; j++) {
                int offset = j / 2 * 8 + j % 2;
                int at = offset + lane % 4 * 2;
                float of_log = at < count ? log_sum[offset] * LOG2_E : 0;
                float of_delta = at < count ? shared_part[offset] : 0;
                int moves = !sees_one(query + at + shift, keys, causal, context);
#pragma unroll
                for (int half = 0; half < 2; half++) {
                    int seen = at >= first[half] && at < end[half];
                    float* weight = &weights[j / 2][half * 2 + j % 2];
                    float* gradient = &gradients[j / 2][half * 2 + j % 2];
                    *weight = seen ? exp2f(*weight * scale2 - of_log) : 0;
                    *gradient = seen && moves ? *weight * (*gradient - of_delta) : 0;
                }
            }
            add_weighted_panel(value_sums, weights, g_panel, first_column, TILE / 16);
            add_weighted_panel(key_sums, gradients, q_panel, first_column, TILE / 16);
            BARRIER;
        }
        await_copies();
        i64 at = head * keys * columns;
        store_rows(dk + dk_offset + at, row, rows, first_column, columns, key_sums, TILE / 16, (float)scale);
        store_rows(dv + dv_offset + at, row, rows, first_column, columns, value_sums, TILE / 16, 1);
    }
}
