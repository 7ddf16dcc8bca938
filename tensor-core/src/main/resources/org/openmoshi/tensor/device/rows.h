#include "dialect.h"

// The most items that a group has.
#define GROUP_ITEMS 256

// How the items of a group share rows: `lanes` of them, a power of two, work on each of ITEMS / lanes rows at a time.
// Where neighbouring elements in memory belong to one row, neighbouring items are its lanes; where they belong to
// neighbouring rows, neighbouring items have neighbouring rows. Either way they read neighbouring elements.
typedef struct {
    int lanes; // items per row
    int lane;  // which of them this item is
    int rows;  // rows of the group
    int row;   // which of them is this item's
    int step;  // from the item of a lane to that of the next
} Share;

FUNCTION Share share_rows(i64 lanes, i64 across) {
    Share s;
    s.lanes = (int)lanes;
    s.rows = ITEMS / s.lanes;
    s.lane = across != 0 ? ITEM / s.rows : ITEM % s.lanes;
    s.row = across != 0 ? ITEM % s.rows : ITEM / s.lanes;
    s.step = across != 0 ? s.rows : 1;
    return s;
}

// What item ITEM ^ reach passes, where reach is a power of two: on CUDA by a shuffle where both are in one warp,
// otherwise by memory for a value per item. All items of the group must arrive.
FUNCTION A exchange(LOCAL A* memory, A value, int reach) {
#ifdef WARP
    if (reach < WARP) {
        return __shfl_xor_sync(0xffffffffu, value, reach);
    }
#endif
    BARRIER;
    memory[ITEM] = value;
    BARRIER;
    return memory[ITEM ^ reach];
}

// The sum of a row's lanes, given to each of them; added in a fixed order. All items of the group must arrive.
FUNCTION A row_sum(LOCAL A* memory, Share s, A value) {
    for (int reach = s.step; reach < s.lanes * s.step; reach *= 2) {
        value += exchange(memory, value, reach);
    }
    return value;
}
