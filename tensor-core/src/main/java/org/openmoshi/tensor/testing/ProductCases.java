package org.openmoshi.tensor.testing;

import static org.openmoshi.tensor.testing.OpInput.of;

import java.util.List;
import org.openmoshi.tensor.ComputeOp.Linear;
import org.openmoshi.tensor.ComputeOp.MatMul;

/** Matrix products: sizes around every block size, all layouts, broadcast batches. */
final class ProductCases {
    private ProductCases() {}

    static List<OpCase> all() {
        return List.of(
                OpCase.of(new MatMul(), of(3, 4), of(4, 5)),
                OpCase.of(new MatMul(), of(1, 1), of(1, 1)),
                OpCase.of(new MatMul(), of(5, 7).with(Layout.PERMUTED), of(7, 3)),
                OpCase.of(new MatMul(), of(5, 7), of(7, 3).with(Layout.PERMUTED)),
                OpCase.of(new MatMul(), of(5, 7).with(Layout.PERMUTED), of(7, 3).with(Layout.PERMUTED)),
                OpCase.of(new MatMul(), of(5, 7).with(Layout.SLICED), of(7, 3).with(Layout.EXPANDED)),
                OpCase.of(new MatMul(), of(2, 3, 4), of(2, 4, 5)),
                OpCase.of(new MatMul(), of(2, 3, 4), of(4, 5)),
                OpCase.of(new MatMul(), of(3, 4), of(2, 4, 5)),
                OpCase.of(new MatMul(), of(2, 1, 3, 4), of(3, 4, 2)),
                OpCase.of(
                        new MatMul(),
                        of(3, 2, 4).with(Layout.PERMUTED),
                        of(3, 4, 2).with(Layout.EXPANDED)),
                OpCase.of(new MatMul(), of(0, 4), of(4, 5)),
                OpCase.of(new MatMul(), of(3, 0), of(0, 5)),
                OpCase.of(new MatMul(), of(2, 3, 4), of(2, 4, 0)),
                OpCase.of(new MatMul(), of(1, 300), of(300, 1)).within(1e-5).constant(),
                OpCase.of(new MatMul(), of(67, 131), of(131, 45)).constant(),
                OpCase.of(
                                new MatMul(),
                                of(130, 65).with(Layout.PERMUTED),
                                of(65, 70).with(Layout.PERMUTED))
                        .constant(),
                OpCase.of(new Linear(), of(3, 4), of(5, 4)),
                OpCase.of(new Linear(), of(3, 4), of(5, 4), of(5)),
                OpCase.of(new Linear(), of(4), of(5, 4), of(5)),
                OpCase.of(new Linear(), of(2, 3, 7), of(2, 7).with(Layout.PERMUTED), of(2)),
                OpCase.of(new Linear(), of(3, 2, 7).with(Layout.PERMUTED), of(4, 7), of(4).with(Layout.SLICED)),
                OpCase.of(new Linear(), of(0, 4), of(5, 4), of(5)),
                OpCase.of(new Linear(), of(3, 0), of(5, 0), of(5)),
                OpCase.of(new Linear(), of(37, 129), of(66, 129), of(66)).constant(),
                // long inner axes, which backends may split, and few rows or columns
                OpCase.of(new MatMul(), of(20, 1300), of(1300, 33)).constant(),
                OpCase.of(new Linear(), of(20, 1300), of(9, 1300), of(9)).constant(),
                OpCase.of(new MatMul(), of(2, 70, 300), of(2, 300, 5)).constant(),
                OpCase.of(new MatMul(), of(3, 5, 300), of(300, 40)).constant(),
                OpCase.of(new Linear(), of(70, 40), of(3, 40), of(3)).constant());
    }
}
