package org.openmoshi.tensor.device;

import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Shape;

/**
 * Where each row is used, as lists in the order of the indices ({@code uses.h}).
 *
 * @param head the first use of each row, int64, or -1
 * @param next the use after each of the same row, int64, or -1
 */
record Uses(Block head, Block next) {
    /**
     * Links the uses of {@code size} rows.
     *
     * @param index int64, {@code count} of them, in row-major order
     * @param negative whether negative indices are allowed, and use no row
     */
    static Uses link(Work work, Block index, long count, long size, boolean negative) {
        Block head = work.scratch(DType.I64, size);
        Block next = work.scratch(DType.I64, count);
        Shape rows = Shape.of(size);
        Copies.fill(work, DType.I64, rows, head, rows.contiguousStrides(), -1);
        work.kernel("uses", DType.I64, "link_uses")
                .dense(head)
                .dense(next)
                .dense(index)
                .integer(size)
                .integer(negative ? 1 : 0)
                .dense(work.faults())
                .integer(count)
                .elements(count);
        return new Uses(head, next);
    }
}
