#include "attention_tile.h"
#include "rows.h"

#define DELTA_ITEMS 32

// delta[row] = the sum of g out over a row's columns, which all gradients of the row's scores share. Bound by bytes.
KERNEL void attention_delta(
        GLOBAL A* delta, i64 delta_offset, GLOBAL const T* g, i64 g_offset, Layout g_layout,
        GLOBAL const T* out, i64 out_offset, Layout out_layout) {
    SHARED A memory[DELTA_ITEMS];
    Share s = share_rows(DELTA_ITEMS, 0);
    i64 queries = g_layout.size[2];
    i64 columns = g_layout.size[3];
    i64 rows = g_layout.size[0] * g_layout.size[1] * queries;
    for (i64 row = GROUP(0); row < rows; row += GROUPS(0)) {
        i64 head = row / queries;
        Head g_head = head_of(g, g_offset, &g_layout, head);
        Head out_head = head_of(out, out_offset, &out_layout, head);
        i64 query = row - head * queries;
        A sum = 0;
        for (i64 column = ITEM; column < columns; column += DELTA_ITEMS) {
            sum += load(g_head.at, query * g_head.row + column * g_head.column)
                    * load(out_head.at, query * out_head.row + column * out_head.column);
        }
        sum = row_sum(memory, s, sum);
        if (ITEM == 0) {
            delta[delta_offset + row] = sum;
        }
    }
}

// With p = the softmax weights, recomputed from the scores and their log-sums: ds = scale p (g v^T - delta), dq = ds k.
// A group computes TILE queries; shapes are those of attention.h. Bound by flops.
TILE_KERNEL(1) void attention_grad_q(
        GLOBAL T* dq, i64 dq_offset, GLOBAL const T* g, i64 g_offset, Layout g_layout,
        GLOBAL const T* q, i64 q_offset, Layout q_layout, GLOBAL const T* k, i64 k_offset, Layout k_layout,
        GLOBAL const T* v, i64 v_offset, Layout v_layout, GLOBAL const A* log_sums, i64 log_sums_offset,
        GLOBAL const A* delta, i64 delta_offset, i64 causal, i64 context, double scale) {
    SHARED Quad left[PANEL];
    SHARED Quad right[PANEL];
    i64 queries = q_layout.size[2];
    int columns = (int)q_layout.size[3];
    i64 tiles = query_tiles(&q_layout);
    for (i64 tile = GROUP(0); tile < tiles; tile += GROUPS(0)) {
        Queries t = queries_of(tile, &q_layout, &k_layout, causal, context);
        Head g_head = head_of(g, g_offset, &g_layout, t.head);
        Head q_head = head_of(q, q_offset, &q_layout, t.head);
        Head k_head = head_of(k, k_offset, &k_layout, t.head);
        Head v_head = head_of(v, v_offset, &v_layout, t.head);

        A sums[BLOCKS * SUMS], log_sum[4], shared_part[4], factors[4];
        for (int i = 0; i < BLOCKS * SUMS; i++) {
            sums[i] = 0;
        }
        for (int i = 0; i < 4; i++) {
            i64 at = t.head * queries + t.row + TILE_ROW(i);
            int inside = TILE_ROW(i) < t.rows;
            log_sum[i] = inside ? log_sums[log_sums_offset + at] : 0;
            shared_part[i] = inside ? delta[delta_offset + at] : 0;
            factors[i] = (A)scale;
        }
        for (i64 key = t.from; key < t.to; key += TILE) {
            int count = at_most(t.to - key, TILE);
            A scores[SUMS], gradients[SUMS];
            multiply_rows(left, right, q_head, t.row, t.rows, k_head, key, count, columns, scores);
            multiply_rows(left, right, g_head, t.row, t.rows, v_head, key, count, columns, gradients);
            for (int i = 0; i < 4; i++) {
                for (int j = 0; j < 4; j++) {
                    int at = i * 4 + j;
                    int seen = TILE_ROW(i) < t.rows && TILE_COLUMN(j) < count
                            && sees(t.position + TILE_ROW(i), key + TILE_COLUMN(j), causal, context);
                    A weight = seen ? exp(scores[at] * (A)scale - log_sum[i]) : 0;
                    int moves = seen && !sees_one(t.position + TILE_ROW(i), k_layout.size[2], causal, context);
                    gradients[at] = moves ? weight * (gradients[at] - shared_part[i]) : 0;
                }
            }
            add_weighted_rows(left, right, gradients, k_head, key, count, t.first, columns, sums);
        }
        store_slab(dq + dq_offset + t.head * queries * columns, t.row, t.rows, t.first, columns, sums, factors);
    }
}

// dk = ds^T q and dv = p^T g, where a group computes TILE keys: the tiles of scores are transposed. Bound by flops.
TILE_KERNEL(1) void attention_grad_kv(
        GLOBAL T* dk, i64 dk_offset, GLOBAL T* dv, i64 dv_offset, GLOBAL const T* g, i64 g_offset, Layout g_layout,
        GLOBAL const T* q, i64 q_offset, Layout q_layout, GLOBAL const T* k, i64 k_offset, Layout k_layout,
        GLOBAL const T* v, i64 v_offset, Layout v_layout, GLOBAL const A* log_sums, i64 log_sums_offset,
        GLOBAL const A* delta, i64 delta_offset, i64 causal, i64 context, double scale) {
    SHARED Quad left[PANEL];
    SHARED Quad right[PANEL];
    i64 queries = q_layout.size[2];
    i64 keys = k_layout.size[2];
    int columns = (int)q_layout.size[3];
    i64 shift = keys - queries; // a query's position among the keys less its number
    i64 row_tiles = (keys + TILE - 1) / TILE;
    i64 slabs = 1 + (columns - 1) / SLAB;
    i64 tiles = row_tiles * slabs * q_layout.size[0] * q_layout.size[1];
    for (i64 tile = GROUP(0); tile < tiles; tile += GROUPS(0)) {
        i64 row = tile % row_tiles * TILE;
        int first = (int)(tile / row_tiles % slabs) * SLAB;
        i64 head = tile / (row_tiles * slabs);
        int rows = at_most(keys - row, TILE);
        Head g_head = head_of(g, g_offset, &g_layout, head);
        Head q_head = head_of(q, q_offset, &q_layout, head);
        Head k_head = head_of(k, k_offset, &k_layout, head);
        Head v_head = head_of(v, v_offset, &v_layout, head);
        i64 from = causal != 0 && row > shift ? (row - shift) / TILE * TILE : 0;
        i64 last = row + rows - 1 + context - shift; // the first query for which all these keys are too old
        i64 to = context > 0 && last < queries ? last : queries;

        A key_sums[BLOCKS * SUMS], value_sums[BLOCKS * SUMS], key_factors[4], value_factors[4];
        for (int i = 0; i < BLOCKS * SUMS; i++) {
            key_sums[i] = 0;
            value_sums[i] = 0;
        }
        for (int i = 0; i < 4; i++) {
            key_factors[i] = (A)scale;
            value_factors[i] = 1;
        }
        for (i64 query = from; query < to; query += TILE) {
            int count = at_most(to - query, TILE);
            A weights[SUMS], gradients[SUMS];
            multiply_rows(left, right, k_head, row, rows, q_head, query, count, columns, weights);
            multiply_rows(left, right, v_head, row, rows, g_head, query, count, columns, gradients);
            for (int j = 0; j < 4; j++) {
                i64 column = head * queries + query + TILE_COLUMN(j);
                int inside = TILE_COLUMN(j) < count;
                A log_sum = inside ? log_sums[log_sums_offset + column] : 0;
                A shared_part = inside ? delta[delta_offset + column] : 0;
                for (int i = 0; i < 4; i++) {
                    int at = i * 4 + j;
                    int seen = inside && TILE_ROW(i) < rows
                            && sees(query + TILE_COLUMN(j) + shift, row + TILE_ROW(i), causal, context);
                    weights[at] = seen ? exp(weights[at] * (A)scale - log_sum) : 0;
                    int moves = seen && !sees_one(query + TILE_COLUMN(j) + shift, keys, causal, context);
                    gradients[at] = moves ? weights[at] * (gradients[at] - shared_part) : 0;
                }
            }
            add_weighted_rows(left, right, weights, g_head, query, count, first, columns, value_sums);
            add_weighted_rows(left, right, gradients, q_head, query, count, first, columns, key_sums);
        }
        i64 at = head * keys * columns;
        store_slab(dk + dk_offset + at, row, rows, first, columns, key_sums, key_factors);
        store_slab(dv + dv_offset + at, row, rows, first, columns, value_sums, value_factors);
    }
}
