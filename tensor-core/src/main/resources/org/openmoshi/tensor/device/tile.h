#include "dialect.h"

// A product of matrices by tiles. A group of TILE_ITEMS items computes TILE x TILE sums, of which each item keeps 4 x 4
// in registers. It goes along the inner axis in steps of DEPTH: the group loads a panel of either operand, DEPTH lines
// of TILE elements, into SHARED memory, and every item multiplies its part. An element that is loaded once serves TILE
// multiplications, which makes large products bound by flops.
#define TILE 64
#define DEPTH 16
#define TILE_ITEMS 256
#define SUMS 16
#define FOLD 16 // sums are folded every so many panels, of 256 elements together

// An entry point for groups of TILE_ITEMS. CUDA keeps the registers of an item so few that a multiprocessor has room
// for that many groups, or for one when items hold doubles.
#if defined(__OPENCL_VERSION__)
#define TILE_KERNEL(groups) KERNEL __attribute__((reqd_work_group_size(TILE_ITEMS, 1, 1)))
#elif defined(TYPE_F64)
#define TILE_KERNEL(groups) KERNEL __launch_bounds__(TILE_ITEMS, 1)
#else
#define TILE_KERNEL(groups) KERNEL __launch_bounds__(TILE_ITEMS, groups)
#endif

// Four elements that one instruction loads.
#ifdef __OPENCL_VERSION__
typedef struct __attribute__((aligned(16))) {
#else
typedef struct alignas(16) {
#endif
    A x, y, z, w;
} Quad;

// A panel, SHARED Quad panel[PANEL], in quads. The padding of its lines lets items store across them.
#define LINE (TILE / 4 + 1)
#define PANEL (DEPTH * LINE)

// Line d of a panel, element by element.
#define ELEMENT(panel, d, line) ((LOCAL A*)(panel))[(d) * (4 * LINE) + (line)]

// An item's part of a tile: four rows and four columns; its sums lie row by row.
#define TILE_ROW(i) (ITEM / 16 * 4 + (i))
#define TILE_COLUMN(j) (ITEM % 16 * 4 + (j))

// How many of what is left fit into a tile or panel.
FUNCTION int at_most(i64 left, int size) {
    return left < size ? (int)left : size;
}

FUNCTION void clear_sums(A* sums) {
    for (int i = 0; i < SUMS; i++) {
        sums[i] = 0;
    }
}

// total += sums; sums = 0. Long sums are summed in parts so that rounding errors do not grow with their length.
FUNCTION void fold_sums(A* total, A* sums) {
    for (int i = 0; i < SUMS; i++) {
        total[i] += sums[i];
        sums[i] = 0;
    }
}

// panel[d][line] = from[line, d], and 0 beyond count lines and depth; neighbouring items load along the shorter stride.
FUNCTION void load_panel(
        LOCAL Quad* panel, GLOBAL const T* from, i64 line_stride, i64 depth_stride, int count, int depth) {
    int along_depth = depth_stride < line_stride;
    int line = along_depth ? ITEM / DEPTH : ITEM % TILE;
    int d = along_depth ? ITEM % DEPTH : ITEM / TILE;
    int line_step = along_depth ? TILE_ITEMS / DEPTH : 0;
    int d_step = along_depth ? 0 : TILE_ITEMS / TILE;
    GLOBAL const T* source = from + line * line_stride + d * depth_stride;
    i64 step = line_step * line_stride + d_step * depth_stride;
    for (int i = 0; i < TILE * DEPTH / TILE_ITEMS; i++) {
        ELEMENT(panel, d, line) = line < count && d < depth ? load(source, 0) : 0;
        source += step;
        line += line_step;
        d += d_step;
    }
}

// sums += the product of two panels; barriers are the caller's.
FUNCTION void multiply_panels(LOCAL const Quad* left, LOCAL const Quad* right, A* sums) {
    for (int d = 0; d < DEPTH; d++) {
        Quad rows = left[d * LINE + ITEM / 16];
        Quad columns = right[d * LINE + ITEM % 16];
        sums[0] += rows.x * columns.x;
        sums[1] += rows.x * columns.y;
        sums[2] += rows.x * columns.z;
        sums[3] += rows.x * columns.w;
        sums[4] += rows.y * columns.x;
        sums[5] += rows.y * columns.y;
        sums[6] += rows.y * columns.z;
        sums[7] += rows.y * columns.w;
        sums[8] += rows.z * columns.x;
        sums[9] += rows.z * columns.y;
        sums[10] += rows.z * columns.z;
        sums[11] += rows.z * columns.w;
        sums[12] += rows.w * columns.x;
        sums[13] += rows.w * columns.y;
        sums[14] += rows.w * columns.z;
        sums[15] += rows.w * columns.w;
    }
}
