package org.openmoshi.tensor.testing;

import static org.openmoshi.tensor.DType.BF16;
import static org.openmoshi.tensor.DType.BOOL;
import static org.openmoshi.tensor.DType.F32;
import static org.openmoshi.tensor.DType.F64;
import static org.openmoshi.tensor.DType.I32;
import static org.openmoshi.tensor.DType.I64;
import static org.openmoshi.tensor.testing.OpInput.index;
import static org.openmoshi.tensor.testing.OpInput.of;

import java.util.ArrayList;
import java.util.List;
import org.openmoshi.tensor.Axes;
import org.openmoshi.tensor.ComputeOp.Concat;
import org.openmoshi.tensor.ComputeOp.Embedding;
import org.openmoshi.tensor.ComputeOp.EmbeddingGrad;
import org.openmoshi.tensor.ComputeOp.Gather;
import org.openmoshi.tensor.ComputeOp.IndexAdd;
import org.openmoshi.tensor.ComputeOp.IndexSelect;
import org.openmoshi.tensor.ComputeOp.OneHot;
import org.openmoshi.tensor.ComputeOp.Pad;
import org.openmoshi.tensor.ComputeOp.PadGrad;
import org.openmoshi.tensor.ComputeOp.PadMode;
import org.openmoshi.tensor.ComputeOp.ScatterAdd;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.ViewOp;

/** Views, joining, padding and indexing. */
final class MovementCases {
    private MovementCases() {}

    static List<OpCase> all() {
        List<OpCase> cases = new ArrayList<>();
        views(cases);
        for (int axis = 0; axis < 2; axis++) {
            cases.add(OpCase.of(new Concat(axis), of(3, 4), of(3, 4), of(3, 4).with(Layout.EXPANDED)));
            cases.add(OpCase.of(new Concat(axis), of(2, 3).with(Layout.PERMUTED), of(2, 3))
                    .constant()
                    .in(BF16, I32, I64, BOOL));
        }
        cases.add(OpCase.of(new Concat(1), of(2, 3, 2), of(2, 1, 2), of(2, 0, 2)));
        cases.add(OpCase.of(new Concat(0), of(1)));
        pads(cases);
        indexing(cases);
        return cases;
    }

    private static void views(List<OpCase> cases) {
        cases.add(OpCase.of(new ViewOp.Reshape(Shape.of(5, 6)), of(2, 3, 5)));
        cases.add(OpCase.of(new ViewOp.Reshape(Shape.of(1, 3, 2, 2)), of(3, 4).with(Layout.SLICED)));
        cases.add(OpCase.of(new ViewOp.Reshape(Shape.SCALAR), of(1, 1)));
        cases.add(OpCase.of(new ViewOp.Reshape(Shape.of(0, 7)), of(3, 0)));
        cases.add(OpCase.of(new ViewOp.Permute(Axes.of(2, 0, 1)), of(2, 3, 5)));
        cases.add(OpCase.of(new ViewOp.Permute(Axes.of(1, 0)), of(3, 4).with(Layout.EXPANDED)));
        cases.add(OpCase.of(new ViewOp.Expand(Shape.of(2, 3, 4)), of(3, 1)));
        cases.add(OpCase.of(new ViewOp.Expand(Shape.of(4, 2)), of()));
        cases.add(OpCase.of(new ViewOp.Slice(1, 2, 3, 2), of(2, 7)));
        cases.add(OpCase.of(new ViewOp.Slice(0, 1, 0, 1), of(2, 7)));
        cases.add(OpCase.of(new ViewOp.Slice(0, 1, 2, 1), of(4, 3).with(Layout.PERMUTED)));
    }

    private static void pads(List<OpCase> cases) {
        for (PadMode mode : PadMode.values()) {
            for (int axis = 0; axis < 3; axis++) {
                cases.add(OpCase.of(new Pad(mode, axis, 2, 1, 0.5), of(3, 4, 5)));
            }
            cases.add(OpCase.of(new Pad(mode, 1, 0, 3, 0), of(4, 5).with(Layout.PERMUTED)));
            cases.add(OpCase.of(new Pad(mode, 1, 3, 0, 0), of(2, 4).with(Layout.SLICED)));
            cases.add(OpCase.of(new Pad(mode, 0, 1, 1, 1), of(3, 2)).constant().in(BF16, I64, I32, BOOL));
            if (mode != PadMode.CONSTANT) {
                cases.add(OpCase.of(new PadGrad(mode, 1, 2, 3), of(2, 9, 3)).constant());
                cases.add(OpCase.of(new PadGrad(mode, 0, 3, 3), of(10, 2).with(Layout.PERMUTED))
                        .constant());
            }
        }
        cases.add(OpCase.of(new Pad(PadMode.CONSTANT, 1, 2, 2, -1), of(2, 0)));
        cases.add(OpCase.of(new Pad(PadMode.REPLICATE, 0, 9, 9, 0), of(1)));
    }

    private static void indexing(List<OpCase> cases) {
        cases.add(OpCase.of(new Gather(0), of(4, 3), index(4, 6, 3)));
        cases.add(OpCase.of(new Gather(1), of(2, 5, 3).with(Layout.PERMUTED), index(5, 2, 4, 3)));
        cases.add(OpCase.of(new Gather(1), of(3, 5), index(5, 3, 2).with(Layout.SLICED)));
        cases.add(OpCase.of(new Gather(1), of(3, 5), index(5, 3, 0)));
        cases.add(OpCase.of(new Gather(0), of(5), index(5, 9)).constant().in(I32, I64, BF16, BOOL));
        cases.add(OpCase.of(new ScatterAdd(1, 4), of(3, 9), index(4, 3, 9)));
        cases.add(OpCase.of(new ScatterAdd(0, 5), of(4, 3).with(Layout.PERMUTED), index(5, 4, 3)));
        cases.add(OpCase.of(new ScatterAdd(0, 3), of(0, 2), index(3, 0, 2)));
        cases.add(OpCase.of(new ScatterAdd(0, 3), of(20).with(Values.integers(-9, 10)), index(3, 20))
                .constant()
                .in(I32, I64));
        // more elements than a device looks through the indices for
        cases.add(
                OpCase.of(new ScatterAdd(1, 70), of(600, 9), index(70, 600, 9)).constant());
        cases.add(OpCase.of(new ScatterAdd(1, 70), of(2, 9, 300), index(70, 2, 9, 300))
                .constant());
        cases.add(OpCase.of(new ScatterAdd(0, 40_000), of(500).with(Values.integers(-9, 10)), index(40_000, 500))
                .constant()
                .in(I32, I64));
        cases.add(OpCase.of(new IndexSelect(0), of(4, 3), index(4, 7)));
        cases.add(OpCase.of(new IndexSelect(1), of(4, 5, 3).with(Layout.PERMUTED), index(5, 2)));
        cases.add(OpCase.of(new IndexSelect(1), of(2, 6).with(Layout.SLICED), index(6, 0)));
        cases.add(
                OpCase.of(new IndexSelect(0), of(6, 2), index(6, 3)).constant().in(I32, I64, BF16, BOOL));
        cases.add(OpCase.of(new IndexAdd(0, 4), of(7, 3), index(4, 7)));
        cases.add(OpCase.of(new IndexAdd(1, 5), of(6, 4).with(Layout.PERMUTED), index(5, 4)));
        cases.add(OpCase.of(new IndexAdd(0, 4), of(7, 3).with(Values.integers(-9, 10)), index(4, 7))
                .constant()
                .in(I32, I64));
        Values optional = Values.integers(-2, 5);
        for (DType dtype : DType.values()) {
            cases.add(OpCase.of(new OneHot(5, dtype), index(5, 3, 4).with(optional))
                    .constant());
        }
        cases.add(OpCase.of(new Embedding(), index(5, 3, 4).with(optional), of(5, 3)));
        cases.add(
                OpCase.of(new Embedding(), index(5, 7).with(optional), of(6, 33).with(Layout.PERMUTED)));
        cases.add(OpCase.of(new Embedding(), index(5, 0), of(5, 3)));
        cases.add(OpCase.of(new EmbeddingGrad(5), of(3, 4, 7), index(5, 3, 4).with(optional))
                .constant());
        cases.add(OpCase.of(new EmbeddingGrad(2), of(60, 33).with(Layout.SLICED), index(2, 60))
                .constant()
                .in(F32, F64));
    }
}
