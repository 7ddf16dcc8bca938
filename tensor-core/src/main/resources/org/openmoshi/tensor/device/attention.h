#include "attention_tile.h"

// values[i] = the sum, or the largest, of values[i] over the 16 items that share its row.
FUNCTION void reduce_rows(LOCAL Quad* scratch, A* values, int largest) {
    LOCAL A* parts = (LOCAL A*)scratch;
    for (int i = 0; i < 4; i++) {
        parts[TILE_ROW(i) * 16 + ITEM % 16] = values[i];
    }
    BARRIER;
    for (int i = 0; i < 4; i++) {
        A result = largest ? values[i] : 0;
        for (int part = 0; part < 4; part++) {
            Quad four = scratch[TILE_ROW(i) * 4 + part];
            if (largest) {
                result = fmax(fmax(fmax(result, four.x), fmax(four.y, four.z)), four.w);
            } else {
                result += (four.x + four.y) + (four.z + four.w);
            }
        }
        values[i] = result;
    }
    BARRIER;
}

// Attention with the softmax computed as the keys come (Dao et al. 2022): q [batch, heads, queries, columns], k and v
// [batch, heads, keys, columns], out dense of q's shape, log_sums [batch, heads, queries]. A group computes TILE
// queries and skips the tiles of keys that none of them sees. Bound by flops.
TILE_KERNEL(2) void attention(
        GLOBAL T* out, i64 out_offset, GLOBAL A* log_sums, i64 log_sums_offset,
        GLOBAL const T* q, i64 q_offset, Layout q_layout, GLOBAL const T* k, i64 k_offset, Layout k_layout,
        GLOBAL const T* v, i64 v_offset, Layout v_layout, i64 causal, i64 context, double scale) {
    SHARED Quad left[PANEL];
    SHARED Quad right[PANEL];
    i64 queries = q_layout.size[2];
    int columns = (int)q_layout.size[3];
    i64 tiles = query_tiles(&q_layout);
    for (i64 tile = GROUP(0); tile < tiles; tile += GROUPS(0)) {
        Queries t = queries_of(tile, &q_layout, &k_layout, causal, context);
        Head q_head = head_of(q, q_offset, &q_layout, t.head);
        Head k_head = head_of(k, k_offset, &k_layout, t.head);
        Head v_head = head_of(v, v_offset, &v_layout, t.head);

        A sums[BLOCKS * SUMS], largest[4], total[4];
        for (int i = 0; i < BLOCKS * SUMS; i++) {
            sums[i] = 0;
        }
        for (int i = 0; i < 4; i++) {
            largest[i] = -INFINITY;
            total[i] = 0;
        }
        for (i64 key = t.from; key < t.to; key += TILE) {
            int count = at_most(t.to - key, TILE);
            A scores[SUMS], now[4];
            multiply_rows(left, right, q_head, t.row, t.rows, k_head, key, count, columns, scores);
            for (int i = 0; i < 4; i++) {
                now[i] = largest[i];
                for (int j = 0; j < 4; j++) {
                    int seen = TILE_COLUMN(j) < count
                            && sees(t.position + TILE_ROW(i), key + TILE_COLUMN(j), causal, context);
                    scores[i * 4 + j] = seen ? scores[i * 4 + j] * (A)scale : -INFINITY;
                    now[i] = fmax(now[i], scores[i * 4 + j]);
                }
            }
            reduce_rows(left, now, 1);
            for (int i = 0; i < 4; i++) {
                A shrink = now[i] == largest[i] ? 1 : exp(largest[i] - now[i]);
                largest[i] = now[i];
                total[i] *= shrink;
                for (int j = 0; j < 4; j++) {
                    A score = scores[i * 4 + j];
                    A weight = score == -INFINITY ? 0 : exp(score - now[i]);
                    scores[i * 4 + j] = weight;
                    total[i] += weight;
                    for (int block = 0; block < BLOCKS; block++) {
                        sums[block * SUMS + i * 4 + j] *= shrink;
                    }
                }
            }
            add_weighted_rows(left, right, scores, v_head, key, count, t.first, columns, sums);
        }
        reduce_rows(left, total, 0);
        if (t.first == 0 && ITEM % 16 == 0) {
            for (int i = 0; i < 4; i++) {
                if (TILE_ROW(i) < t.rows) {
                    i64 at = log_sums_offset + t.head * queries + t.row + TILE_ROW(i);
                    log_sums[at] = largest[i] + log(total[i]);
                }
            }
        }
        for (int i = 0; i < 4; i++) {
            total[i] = 1 / total[i];
        }
        store_slab(out + out_offset + t.head * queries * columns, t.row, t.rows, t.first, columns, sums, total);
    }
}
