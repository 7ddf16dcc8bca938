#include "tile.h"

// What attention and its gradient share: tiles of scores between TILE queries and TILE keys, which never leave
// registers and SHARED memory. Results have BLOCKS times TILE columns of a head in registers; a wider head is computed
// in slabs of that many, with the scores computed again for each.
#ifdef BLOCKS_2
#define BLOCKS 2
#else
#define BLOCKS 1
#endif
#define SLAB (BLOCKS * TILE)

// A tensor [batch, heads, rows, columns]: where a head begins, its strides along rows and columns.
typedef struct {
    GLOBAL const T* at;
    i64 row;
    i64 column;
} Head;

FUNCTION Head head_of(GLOBAL const T* x, i64 offset, const Layout* layout, i64 head) {
    i64 heads = layout->size[1];
    i64 batch = head / heads;
    Head result;
    result.at = x + offset + batch * layout->stride[0] + (head - batch * heads) * layout->stride[1];
    result.row = layout->stride[2];
    result.column = layout->stride[3];
    return result;
}

// A tile of TILE queries: the head and its first row, how many rows there are, the first column of its slab, the first
// query's position among the keys, and the keys that any of them sees.
typedef struct {
    i64 head;
    i64 row;
    int rows;
    int first;
    i64 position;
    i64 from;
    i64 to;
} Queries;

// How many tiles of queries there are.
FUNCTION i64 query_tiles(const Layout* q) {
    return (q->size[2] + TILE - 1) / TILE * (1 + (q->size[3] - 1) / SLAB) * q->size[0] * q->size[1];
}

FUNCTION Queries queries_of(i64 tile, const Layout* q, const Layout* k, i64 causal, i64 context) {
    i64 row_tiles = (q->size[2] + TILE - 1) / TILE;
    i64 slabs = 1 + (q->size[3] - 1) / SLAB;
    i64 keys = k->size[2];
    Queries result;
    result.head = tile / (row_tiles * slabs);
    result.row = tile % row_tiles * TILE;
    result.rows = at_most(q->size[2] - result.row, TILE);
    result.first = (int)(tile / row_tiles % slabs) * SLAB;
    result.position = result.row + keys - q->size[2];
    i64 oldest = result.position - context + 1;
    result.from = context > 0 && oldest > 0 ? oldest / TILE * TILE : 0;
    i64 newest = result.position + result.rows;
    result.to = causal != 0 && newest < keys ? newest : keys;
    return result;
}

// Whether the query at a key's position sees a key.
FUNCTION int sees(i64 position, i64 key, i64 causal, i64 context) {
    return (causal == 0 || key <= position) && (context == 0 || key > position - context);
}

// Whether the query at a key's position sees no other key: its softmax is constant, whatever rounding makes of it.
FUNCTION int sees_one(i64 position, i64 keys, i64 causal, i64 context) {
    return keys == 1 || (causal != 0 && (position == 0 || context == 1));
}

// sums = the products of rows of a with rows of b over all columns.
FUNCTION void multiply_rows(
        LOCAL Quad* left, LOCAL Quad* right, Head a, i64 a_row, int a_rows, Head b, i64 b_row, int b_rows, int columns,
        A* sums) {
    GLOBAL const T* a_at = a.at + a_row * a.row;
    GLOBAL const T* b_at = b.at + b_row * b.row;
    clear_sums(sums);
    for (int column = 0; column < columns; column += DEPTH) {
        load_panel(left, a_at + column * a.column, a.row, a.column, a_rows, columns - column);
        load_panel(right, b_at + column * b.column, b.row, b.column, b_rows, columns - column);
        BARRIER;
        multiply_panels(left, right, sums);
        BARRIER;
    }
}

// sums += weights x, where the items hold a tile of weights as they hold sums, and x has a row per column of the tile;
// columns of x from first on.
FUNCTION void add_weighted_rows(
        LOCAL Quad* left, LOCAL Quad* right, const A* weights, Head x, i64 row, int rows, int first, int columns,
        A* sums) {
    for (int done = 0; done < rows; done += DEPTH) {
        // the items that hold the next DEPTH columns of the weights write them as lines of the panel
        if (ITEM % 16 / 4 == done / DEPTH) {
            for (int j = 0; j < 4; j++) {
                Quad line;
                line.x = weights[j];
                line.y = weights[4 + j];
                line.z = weights[8 + j];
                line.w = weights[12 + j];
                left[(ITEM % 4 * 4 + j) * LINE + ITEM / 16] = line;
            }
        }
        GLOBAL const T* at = x.at + (row + done) * x.row + first * x.column;
        for (int block = 0; block < BLOCKS; block++) {
            load_panel(
                    right, at + block * TILE * x.column, x.column, x.row, columns - first - block * TILE, rows - done);
            BARRIER;
            multiply_panels(left, right, sums + block * SUMS);
            BARRIER;
        }
    }
}

// Writes a tile's rows and a slab's columns of a dense head, times a factor per row of an item's part.
FUNCTION void store_slab(
        GLOBAL T* to, i64 row, int rows, int first, int columns, const A* sums, const A* factors) {
    GLOBAL T* at = to + (row + TILE_ROW(0)) * columns + first + TILE_COLUMN(0);
    int left = columns - first - TILE_COLUMN(0);
    for (int i = 0; i < 4; i++) {
        for (int block = 0; block < BLOCKS; block++) {
            for (int j = 0; j < 4; j++) {
                if (TILE_ROW(i) < rows && block * TILE + j < left) {
                    store(at, block * TILE + j, sums[block * SUMS + i * 4 + j] * factors[i]);
                }
            }
        }
        at += columns;
    }
}
