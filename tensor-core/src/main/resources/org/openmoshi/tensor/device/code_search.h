#include "dialect.h"

// Squared distances of ROWS vectors from CODES codes at a time, DIMS dimensions after another: 16 x 4 items with 4 x 4
// distances each. They are sums of squared differences in double, so that a code depends neither on the device nor on
// the order of summation; ties go to the lower index. Bounded by double-precision flops.
#define ROWS 16
#define CODES 64
#define DIMS 16
#define LANES 16

typedef struct {
    A x[DIMS][ROWS];
    A codes[DIMS][CODES + 1];
    double least[LANES][ROWS];
    i64 nearest[LANES][ROWS];
} Search;

// Vectors first to first + ROWS of x [n, d] among the codes of some tiles of a codebook [codes, d]. Item i < ROWS gets the
// result for the vector first + i, in least[0][i] and nearest[0][i]. Element e of ROWS x DIMS is read by item e % ITEMS.
// All 64 items of the group must arrive.
FUNCTION void search(
        LOCAL Search* s, GLOBAL const T* x, i64 x_offset, i64 first, i64 n,
        GLOBAL const T* codebook, i64 codebook_offset, i64 codes, i64 d, i64 from_tile, i64 to_tile) {
    int lane = ITEM % LANES;
    int quarter = ITEM / LANES;
    double best[4];
    i64 where[4];
    for (int r = 0; r < 4; r++) {
        best[r] = INFINITY;
        where[r] = 0;
    }
    for (i64 tile = from_tile; tile < to_tile; tile++) {
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
                s->x[e % DIMS][e / DIMS] = row < n && j < d ? load(x, x_offset + row * d + j) : 0;
            }
            for (int e = ITEM; e < CODES * DIMS; e += ITEMS) {
                i64 code = tile * CODES + e / DIMS;
                i64 j = dim + e % DIMS;
                s->codes[e % DIMS][e / DIMS] =
                        code < codes && j < d ? load(codebook, codebook_offset + code * d + j) : 0;
            }
            BARRIER;
            for (int k = 0; k < DIMS; k++) {
                for (int q = 0; q < 4; q++) {
                    double c = s->codes[k][lane + LANES * q];
                    for (int r = 0; r < 4; r++) {
                        double difference = s->x[k][4 * quarter + r] - c;
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
        s->least[lane][4 * quarter + r] = best[r];
        s->nearest[lane][4 * quarter + r] = where[r];
    }
    BARRIER;
    if (ITEM < ROWS) {
        double distance = s->least[0][ITEM];
        i64 code = s->nearest[0][ITEM];
        for (int other = 1; other < LANES; other++) {
            double its = s->least[other][ITEM];
            if (its < distance || (its == distance && s->nearest[other][ITEM] < code)) {
                distance = its;
                code = s->nearest[other][ITEM];
            }
        }
        s->least[0][ITEM] = distance;
        s->nearest[0][ITEM] = code;
    }
}
