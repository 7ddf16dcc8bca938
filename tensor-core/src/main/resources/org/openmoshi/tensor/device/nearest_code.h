#include "dialect.h"

// Squared distances of ROWS vectors from CODES codes at a time, DIMS dimensions after another: 16 x 4 items with 4 x 4
// distances each. They are sums of squared differences in double, so that a code depends neither on the device nor on
// the order of summation; ties go to the lower index. Bounded by double-precision flops.
#define ROWS 16
#define CODES 64
#define DIMS 16
#define LANES 16

// The nearest of each part of the codebook: least and nearest [parts, n], x [n, d], codebook [codes, d]; 64 items.
KERNEL void nearest_in_parts(
        GLOBAL double* least, i64 least_offset, GLOBAL i64* nearest, i64 nearest_offset,
        GLOBAL const T* x, i64 x_offset, GLOBAL const T* codebook, i64 codebook_offset,
        i64 n, i64 codes, i64 d, i64 parts) {
    SHARED A x_tile[DIMS][ROWS];
    SHARED A code_tile[DIMS][CODES + 1];
    SHARED double lane_least[LANES][ROWS];
    SHARED i64 lane_nearest[LANES][ROWS];
    int lane = ITEM % LANES;
    int quarter = ITEM / LANES;
    i64 tiles = (codes + CODES - 1) / CODES;
    for (i64 part = GROUP(1); part < parts; part += GROUPS(1)) {
        for (i64 first = GROUP(0) * ROWS; first < n; first += GROUPS(0) * ROWS) {
            double best[4];
            i64 where[4];
            for (int r = 0; r < 4; r++) {
                best[r] = INFINITY;
                where[r] = 0;
            }
            for (i64 tile = tiles * part / parts; tile < tiles * (part + 1) / parts; tile++) {
                double sum[4][4];
                for (int r = 0; r < 4; r++) {
                    for (int q = 0; q < 4; q++) {
                        sum[r][q] = 0;
                    }
                }
                for (i64 dim = 0; dim < d; dim += DIMS) {
                    BARRIER;
                    for (int e = ITEM; e < ROWS * DIMS; e += ITEMS) {
                        i64 row = first + e / DIMS;
                        i64 j = dim + e % DIMS;
                        x_tile[e % DIMS][e / DIMS] = row < n && j < d ? load(x, x_offset + row * d + j) : 0;
                    }
                    for (int e = ITEM; e < CODES * DIMS; e += ITEMS) {
                        i64 code = tile * CODES + e / DIMS;
                        i64 j = dim + e % DIMS;
                        code_tile[e % DIMS][e / DIMS] =
                                code < codes && j < d ? load(codebook, codebook_offset + code * d + j) : 0;
                    }
                    BARRIER;
                    for (int k = 0; k < DIMS; k++) {
                        for (int q = 0; q < 4; q++) {
                            double c = code_tile[k][lane + LANES * q];
                            for (int r = 0; r < 4; r++) {
                                double difference = x_tile[k][4 * quarter + r] - c;
                                sum[r][q] += difference * difference;
                            }
                        }
                    }
                }
                for (int q = 0; q < 4; q++) {
                    i64 code = tile * CODES + lane + LANES * q;
                    for (int r = 0; r < 4; r++) {
                        if (code < codes && sum[r][q] < best[r]) {
                            best[r] = sum[r][q];
                            where[r] = code;
                        }
                    }
                }
            }
            BARRIER;
            for (int r = 0; r < 4; r++) {
                lane_least[lane][4 * quarter + r] = best[r];
                lane_nearest[lane][4 * quarter + r] = where[r];
            }
            BARRIER;
            if (ITEM < ROWS && first + ITEM < n) {
                double distance = lane_least[0][ITEM];
                i64 code = lane_nearest[0][ITEM];
                for (int other = 1; other < LANES; other++) {
                    double its = lane_least[other][ITEM];
                    if (its < distance || (its == distance && lane_nearest[other][ITEM] < code)) {
                        distance = its;
                        code = lane_nearest[other][ITEM];
                    }
                }
                least[least_offset + part * n + first + ITEM] = distance;
                nearest[nearest_offset + part * n + first + ITEM] = code;
            }
        }
    }
}

// The nearest of all parts; those come in the order of the codes.
KERNEL void nearest_code(
        GLOBAL i64* index, i64 index_offset, GLOBAL const double* least, i64 least_offset,
        GLOBAL const i64* nearest, i64 nearest_offset, i64 parts, i64 n) {
    for (i64 i = GROUP(0) * ITEMS + ITEM; i < n; i += GROUPS(0) * ITEMS) {
        double distance = INFINITY;
        i64 code = 0;
        for (i64 part = 0; part < parts; part++) {
            double its = least[least_offset + part * n + i];
            if (its < distance) {
                distance = its;
                code = nearest[nearest_offset + part * n + i];
            }
        }
        index[index_offset + i] = code;
    }
}
