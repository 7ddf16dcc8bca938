package org.openmoshi.tensor.testing;

import static org.openmoshi.tensor.DType.BF16;
import static org.openmoshi.tensor.DType.BOOL;
import static org.openmoshi.tensor.DType.F16;
import static org.openmoshi.tensor.DType.I32;
import static org.openmoshi.tensor.DType.I64;
import static org.openmoshi.tensor.testing.OpInput.index;
import static org.openmoshi.tensor.testing.OpInput.of;

import java.util.ArrayList;
import java.util.List;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.InPlaceOp.AdamStep;
import org.openmoshi.tensor.InPlaceOp.AddInto;
import org.openmoshi.tensor.InPlaceOp.CodebookEma;
import org.openmoshi.tensor.InPlaceOp.CopyInto;
import org.openmoshi.tensor.InPlaceOp.Fill;
import org.openmoshi.tensor.InPlaceOp.LerpInto;
import org.openmoshi.tensor.InPlaceOp.ScaleInto;
import org.openmoshi.tensor.InPlaceOp.SgdStep;
import org.openmoshi.tensor.Shape;

/** Operations in place. */
final class UpdateCases {
    private UpdateCases() {}

    static List<OpCase> all() {
        List<OpCase> cases = new ArrayList<>();
        for (OpInput dst : List.of(
                of(3, 5), of(), of(0, 3), of(4, 5).with(Layout.PERMUTED), of(3, 9).with(Layout.SLICED), of(3, 1031))) {
            OpInput src = of(dst.shape().toArray());
            cases.add(OpCase.of(new Fill(1.5), dst).constant());
            cases.add(OpCase.of(new Fill(1), dst).constant().in(BF16, F16, I32, I64, BOOL));
            cases.add(OpCase.of(new CopyInto(), dst, src).constant());
            cases.add(OpCase.of(new CopyInto(), dst, of()).constant().in(BF16, F16, I32, I64, BOOL));
            cases.add(OpCase.of(new ScaleInto(-0.3), dst).constant());
            cases.add(OpCase.of(new AddInto(0.7), dst, src).constant());
            cases.add(OpCase.of(new LerpInto(0.01), dst, src).constant());
        }
        cases.add(OpCase.of(new AddInto(-1), of(4, 5), of(4, 5).with(Layout.EXPANDED))
                .constant());
        cases.add(OpCase.of(new AddInto(1), of(4, 5), of(4, 5).with(Layout.PERMUTED))
                .constant()
                .in(BF16)
                .within(1e-3));
        cases.add(OpCase.of(new CopyInto(), of(2, 4, 5), of(4, 1)).constant());
        cases.add(OpCase.of(new CopyInto(), of(3, 5), index(9, 3, 5)).constant());
        cases.add(OpCase.of(new CopyInto(), index(9, 5), of(5)).constant());
        OpInput scale = new OpInput(DType.F64, Shape.SCALAR, Values.uniform(0.2, 0.8), Layout.DENSE, true);
        cases.add(adamOfMany(1, scale));
        cases.add(adamOfMany(11)); // more than one launch of a device takes
        cases.add(adamOfMany(17, scale));
        for (long[] shape : new long[][] {{7}, {3, 1031}, {0}}) {
            OpInput x = of(shape);
            OpInput square = of(shape).with(Values.uniform(0, 2));
            for (boolean decoupled : new boolean[] {true, false}) {
                cases.add(OpCase.of(new AdamStep(1e-2, 0.5, 0.9, 1e-8, 0.1, decoupled, 3), x, x, square, x, scale)
                        .constant());
            }
            cases.add(OpCase.of(new AdamStep(1e-3, 0.9, 0.999, 1e-8, 0, true, 1), x, x, square, x)
                    .constant());
            cases.add(OpCase.of(new SgdStep(0.1, 0.9, 0.01), x, x, x).constant());
            cases.add(OpCase.of(new SgdStep(0.1, 0.9, 0), x, x, x, scale).constant());
        }
        cases.add(OpCase.of(new CodebookEma(0.9), of(5, 3), of(5), of(20, 3), index(5, 20))
                .constant());
        cases.add(OpCase.of(new CodebookEma(0.99), of(4, 33), of(4), of(50, 33).with(Layout.PERMUTED), index(2, 50))
                .constant());
        cases.add(OpCase.of(new CodebookEma(0.99), of(4, 3), of(4), of(0, 3), index(2, 0))
                .constant());
        return cases;
    }

    /** Adam on n parameters of sizes from 0 to some thousands. */
    private static OpCase adamOfMany(int n, OpInput... scale) {
        List<OpInput> inputs = new ArrayList<>();
        for (int slot = 0; slot < 4; slot++) {
            for (int i = 0; i < n; i++) {
                OpInput x = i % 5 == 4 ? of(0) : of(i + 1, 3 * i * i + 1);
                inputs.add(slot == 2 ? x.with(Values.uniform(0, 2)) : x);
            }
        }
        inputs.addAll(List.of(scale));
        return OpCase.of(new AdamStep(1e-2, 0.5, 0.9, 1e-8, 0.1, true, 2), inputs.toArray(OpInput[]::new))
                .constant();
    }
}
