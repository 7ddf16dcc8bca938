#include "rows.h"

// Items of a group, and how many rows of the narrow operand share one reading of the wide one.
#define GEMV_ITEMS 256
#define GEMV_ROWS 4
#define GEMV_FOLD 64 // an item's sum is folded every so many elements, so that rounding errors do not grow with k

// c = a b + bias for few rows in a: c [batches, m, n], a [batches, m, k], b [batches, k, n], all by strides. A group
// computes some columns with several items each, which take every so many of the inner axis: 8 columns of 32 items
// where b's inner axis has the shorter stride, otherwise 32 of 8, so that neighbouring items read neighbouring elements
// of b. Bound by the bytes of b.
KERNEL void gemv(
        GLOBAL T* c, i64 c_offset, i64 c_row, i64 c_column,
        GLOBAL const T* a, i64 a_offset, i64 a_row, i64 a_column, Layout a_batch,
        GLOBAL const T* b, i64 b_offset, i64 b_row, i64 b_column, Layout b_batch,
        GLOBAL const T* bias, i64 bias_offset, i64 bias_row, i64 bias_column, i64 has_bias,
        i64 batches, i64 m, i64 n, i64 k) {
    SHARED A memory[GEMV_ITEMS];
    int along_depth = b_row < b_column;
    int lanes = along_depth ? 32 : 8;
    Share s = share_rows(lanes, !along_depth);
    i64 blocks = (n + s.rows - 1) / s.rows;
    for (i64 block = GROUP(0); block < blocks * batches; block += GROUPS(0)) {
        i64 batch = block / blocks;
        i64 column = block % blocks * s.rows + s.row;
        GLOBAL const T* a_matrix = a + a_offset + position(&a_batch, batch);
        GLOBAL const T* b_line = b + b_offset + position(&b_batch, batch) + column * b_column;
        for (i64 row = 0; row < m; row += GEMV_ROWS) {
            int rows = m - row < GEMV_ROWS ? (int)(m - row) : GEMV_ROWS;
            A total[GEMV_ROWS], sums[GEMV_ROWS];
            for (int i = 0; i < GEMV_ROWS; i++) {
                total[i] = 0;
            }
            for (i64 from = s.lane; from < k && column < n; from += GEMV_FOLD * lanes) {
                i64 to = from + GEMV_FOLD * lanes < k ? from + GEMV_FOLD * lanes : k;
                for (int i = 0; i < GEMV_ROWS; i++) {
                    sums[i] = 0;
                }
                for (i64 d = from; d < to; d += lanes) {
                    A y = load(b_line, d * b_row);
                    for (int i = 0; i < GEMV_ROWS; i++) {
                        if (i < rows) {
                            sums[i] += y * load(a_matrix, (row + i) * a_row + d * a_column);
                        }
                    }
                }
                for (int i = 0; i < GEMV_ROWS; i++) {
                    total[i] += sums[i];
                }
            }
            for (int i = 0; i < GEMV_ROWS; i++) {
                if (i >= rows) {
                    break;
                }
                A value = row_sum(memory, s, total[i]);
                if (s.lane == 0 && column < n) {
                    if (has_bias != 0) {
                        value += load(bias, bias_offset + (row + i) * bias_row + column * bias_column);
                    }
                    store(c, c_offset + batch * m * n + (row + i) * c_row + column * c_column, value);
                }
            }
        }
    }
}
