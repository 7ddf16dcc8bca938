package org.openmoshi.tensor.testing;

import static org.openmoshi.tensor.DType.BF16;
import static org.openmoshi.tensor.DType.I32;
import static org.openmoshi.tensor.DType.I64;
import static org.openmoshi.tensor.testing.OpInput.of;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.openmoshi.tensor.Axes;
import org.openmoshi.tensor.ComputeOp.ArgReduce;
import org.openmoshi.tensor.ComputeOp.CumulativeSum;
import org.openmoshi.tensor.ComputeOp.GlobalNorm;
import org.openmoshi.tensor.ComputeOp.Reduce;
import org.openmoshi.tensor.ComputeOp.ReduceKind;
import org.openmoshi.tensor.ComputeOp.Sort;
import org.openmoshi.tensor.ComputeOp.TopK;

/** Reductions, positions of extremes, running sums, order. */
final class ReductionCases {
    private ReductionCases() {}

    static List<OpCase> all() {
        List<OpCase> cases = new ArrayList<>();
        for (ReduceKind kind : ReduceKind.values()) {
            reduce(cases, kind);
        }
        norms(cases);
        for (OpInput x :
                List.of(of(37, 41), of(2, 0), of(3, 20000), of(20000, 3).with(Layout.PERMUTED))) {
            cases.add(OpCase.of(new Reduce(ReduceKind.SUM, Axes.of(1), false), x)
                    .constant()
                    .in(BF16)
                    .within(1e-3));
        }
        for (boolean largest : new boolean[] {true, false}) {
            Values ties = Values.integers(-2, 3);
            for (int axis = 0; axis < 3; axis++) {
                cases.add(OpCase.of(new ArgReduce(largest, axis), of(3, 5, 7)).constant());
                cases.add(OpCase.of(new ArgReduce(largest, axis), of(4, 5, 9).with(ties))
                        .constant()
                        .in(I32, I64));
            }
            cases.add(OpCase.of(new ArgReduce(largest, 1), of(2, 1031)).constant());
            cases.add(OpCase.of(new ArgReduce(largest, 1), of(2, 50).with(Values.special()))
                    .constant());
            cases.add(OpCase.of(new ArgReduce(largest, 1), of(0, 3)).constant());
            cases.add(OpCase.of(new ArgReduce(largest, 0), of(1)).constant());
            for (OpInput x : List.of(of(3, 5, 4), of(4, 5).with(Layout.PERMUTED), of(1, 1), of(2, 0))) {
                cases.add(OpCase.of(new CumulativeSum(1, largest), x));
                cases.add(OpCase.of(new CumulativeSum(0, largest), x));
            }
            cases.add(OpCase.of(new CumulativeSum(0, largest), of(7, 3).with(ties))
                    .constant()
                    .in(I32, I64));
            for (OpInput x : List.of(of(3, 11), of(4, 6).with(Layout.PERMUTED), of(1), of(2, 0))) {
                cases.add(OpCase.of(new Sort(largest), x));
            }
            cases.add(OpCase.of(new Sort(largest), of(3, 40).with(ties))
                    .constant()
                    .in(I32, I64));
            cases.add(OpCase.of(new Sort(largest), of(2, 50).with(Values.special()))
                    .constant());
            // longer than what one group of a device takes at a time
            cases.add(OpCase.of(new Sort(largest), of(2, 2500)).constant());
            cases.add(OpCase.of(new Sort(largest), of(2, 1025).with(Values.special()))
                    .constant());
            cases.add(OpCase.of(new ArgReduce(largest, 0), of(1100, 37)).constant());
            cases.add(OpCase.of(new CumulativeSum(1, largest), of(2, 2500)).constant());
            cases.add(OpCase.of(new CumulativeSum(0, largest), of(1100, 37)).constant());
        }
        cases.add(OpCase.of(new TopK(3), of(4, 9)));
        cases.add(OpCase.of(new TopK(5), of(6, 5).with(Layout.PERMUTED)));
        cases.add(OpCase.of(new TopK(0), of(2, 4)));
        cases.add(OpCase.of(new TopK(40), of(2, 4100)).constant());
        cases.add(OpCase.of(new TopK(4), of(3, 30).with(Values.integers(0, 4)))
                .constant()
                .in(I32, I64));
        return cases;
    }

    private static void norms(List<OpCase> cases) {
        cases.add(OpCase.of(new GlobalNorm(), of(3, 5), of(), of(0), of(4, 6).with(Layout.PERMUTED))
                .constant());
        cases.add(OpCase.of(new GlobalNorm(), of(0)).constant());
        cases.add(OpCase.of(new GlobalNorm(), of(2, 50).with(Values.special()), of(3))
                .constant());
        OpInput[] many = new OpInput[19]; // more than one launch of a device takes
        Arrays.setAll(many, i -> i % 7 == 3 ? of(0) : of(1 + 61 * i * i));
        cases.add(OpCase.of(new GlobalNorm(), many).constant());
    }

    private static void reduce(List<OpCase> cases, ReduceKind kind) {
        int[][] axes = {{0}, {1}, {2}, {0, 1}, {0, 2}, {1, 2}, {0, 1, 2}, {}};
        for (int[] some : axes) {
            cases.add(OpCase.of(new Reduce(kind, Axes.of(some), true), of(3, 5, 7)));
            cases.add(OpCase.of(
                    new Reduce(kind, Axes.of(some), false), of(4, 3, 2).with(Layout.PERMUTED)));
        }
        cases.add(OpCase.of(new Reduce(kind, Axes.of(1), false), of(3, 9).with(Layout.SLICED)));
        cases.add(OpCase.of(new Reduce(kind, Axes.of(0), false), of(3, 4).with(Layout.EXPANDED))
                .constant());
        cases.add(OpCase.of(new Reduce(kind, Axes.all(0), false), of()));
        cases.add(OpCase.of(new Reduce(kind, Axes.all(2), false), of(1, 1)));
        cases.add(OpCase.of(new Reduce(kind, Axes.all(2), false), of(37, 129)).constant());
        cases.add(OpCase.of(new Reduce(kind, Axes.of(0), false), of(257, 131)).constant());
        cases.add(OpCase.of(new Reduce(kind, Axes.of(1), true), of(3, 4099)).constant());
        cases.add(OpCase.of(new Reduce(kind, Axes.all(1), false), of(40001).with(Values.uniform(0.5, 1)))
                .constant());
        cases.add(OpCase.of(new Reduce(kind, Axes.of(0), false), of(1100, 37).with(Values.uniform(0.5, 1)))
                .constant());
        if (kind == ReduceKind.MAX || kind == ReduceKind.MIN) { // sums of the largest numbers overflow in float32
            cases.add(OpCase.of(new Reduce(kind, Axes.of(1), false), of(50, 3).with(Values.special()))
                    .constant());
        }
        if (kind == ReduceKind.SUM || kind == ReduceKind.L2_NORM) {
            cases.add(OpCase.of(new Reduce(kind, Axes.of(1), false), of(3, 0)));
        }
        if (kind != ReduceKind.MEAN && kind != ReduceKind.L2_NORM) {
            cases.add(OpCase.of(
                            new Reduce(kind, Axes.of(0, 2), false), of(3, 4, 5).with(Values.integers(-9, 10)))
                    .constant()
                    .in(I32, I64));
        }
    }
}
