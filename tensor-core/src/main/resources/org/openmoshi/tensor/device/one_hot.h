#include "faults.h"

// out[row, class] = index[row] == class
KERNEL void one_hot(
        GLOBAL T* out, i64 out_offset, GLOBAL const i64* index, i64 index_offset, i64 classes,
        GLOBAL i64* faults, i64 faults_offset, i64 count) {
    (void)faults_offset;
    for (i64 i = GROUP(0) * ITEMS + ITEM; i < count; i += GROUPS(0) * ITEMS) {
        i64 row = i / classes;
        i64 at = index[index_offset + row];
        if (at >= classes) {
            fault(faults, FAULT_INDEX, at, classes);
        }
        store(out, out_offset + i, (A)(at == i - row * classes ? 1 : 0));
    }
}
