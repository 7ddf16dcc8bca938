package org.openmoshi.tensor.testing;

import static org.openmoshi.tensor.testing.OpInput.of;

import java.util.ArrayList;
import java.util.List;
import org.openmoshi.tensor.ComputeOp.Linear;
import org.openmoshi.tensor.ComputeOp.MatMul;
import org.openmoshi.tensor.DType;

/** Matrix products: sizes around every block size, all layouts, broadcast batches. */
final class ProductCases {
    private ProductCases() {}

    static List<OpCase> all() {
        List<OpCase> cases = new ArrayList<>(real());
        cases.addAll(bfloat16());
        return cases;
    }

    /** Panels that can be copied in pieces of 8 elements and such that cannot, along either axis of either operand. */
    private static List<OpCase> bfloat16() {
        List<OpCase> cases = List.of(
                OpCase.of(new MatMul(), of(3, 4), of(4, 5)),
                OpCase.of(new MatMul(), of(20, 40), of(40, 24)),
                OpCase.of(new MatMul(), of(67, 131), of(131, 45)),
                OpCase.of(new MatMul(), of(136, 72), of(72, 200)),
                OpCase.of(
                        new MatMul(),
                        of(136, 72).with(Layout.PERMUTED),
                        of(72, 200).with(Layout.PERMUTED)),
                OpCase.of(
                        new MatMul(),
                        of(130, 65).with(Layout.PERMUTED),
                        of(65, 70).with(Layout.PERMUTED)),
                OpCase.of(
                        new MatMul(), of(40, 33).with(Layout.SLICED), of(33, 40).with(Layout.EXPANDED)),
                OpCase.of(new MatMul(), of(3, 17, 40), of(3, 40, 24)),
                OpCase.of(new MatMul(), of(17, 40), of(2, 40, 24)),
                OpCase.of(new MatMul(), of(0, 40), of(40, 24)),
                OpCase.of(new MatMul(), of(20, 0), of(0, 24)),
                OpCase.of(new MatMul(), of(20, 1304), of(1304, 33)),
                OpCase.of(new MatMul(), of(2, 70, 300), of(2, 300, 5)),
                OpCase.of(new Linear(), of(3, 4), of(5, 4), of(5)),
                OpCase.of(new Linear(), of(2, 20, 72), of(136, 72), of(136)),
                OpCase.of(new Linear(), of(37, 129), of(66, 129), of(66).with(Layout.SLICED)),
                OpCase.of(new Linear(), of(20, 1304), of(24, 1304), of(24)));
        return cases.stream().map(c -> c.in(DType.BF16).within(1e-3).constant()).toList();
    }

    private static List<OpCase> real() {
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
