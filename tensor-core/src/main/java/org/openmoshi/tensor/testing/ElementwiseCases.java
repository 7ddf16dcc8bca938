package org.openmoshi.tensor.testing;

import static org.openmoshi.tensor.DType.BF16;
import static org.openmoshi.tensor.DType.BOOL;
import static org.openmoshi.tensor.DType.F16;
import static org.openmoshi.tensor.DType.F32;
import static org.openmoshi.tensor.DType.F64;
import static org.openmoshi.tensor.DType.I32;
import static org.openmoshi.tensor.DType.I64;
import static org.openmoshi.tensor.testing.OpInput.of;

import java.util.ArrayList;
import java.util.List;
import org.openmoshi.tensor.ComputeOp.Arange;
import org.openmoshi.tensor.ComputeOp.Binary;
import org.openmoshi.tensor.ComputeOp.BinaryKind;
import org.openmoshi.tensor.ComputeOp.Cast;
import org.openmoshi.tensor.ComputeOp.Compare;
import org.openmoshi.tensor.ComputeOp.Contiguous;
import org.openmoshi.tensor.ComputeOp.Distribution;
import org.openmoshi.tensor.ComputeOp.Full;
import org.openmoshi.tensor.ComputeOp.Random;
import org.openmoshi.tensor.ComputeOp.Relation;
import org.openmoshi.tensor.ComputeOp.Unary;
import org.openmoshi.tensor.ComputeOp.UnaryGrad;
import org.openmoshi.tensor.ComputeOp.UnaryKind;
import org.openmoshi.tensor.ComputeOp.Where;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Engine;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;

/** Creation, elementwise functions, arithmetic, comparison, conversion. */
final class ElementwiseCases {
    private ElementwiseCases() {}

    static List<OpCase> all() {
        List<OpCase> cases = new ArrayList<>();
        creation(cases);
        for (UnaryKind kind : UnaryKind.values()) {
            unary(cases, kind);
        }
        for (BinaryKind kind : BinaryKind.values()) {
            binary(cases, kind);
        }
        for (Relation relation : Relation.values()) {
            Compare op = new Compare(relation);
            Values few = Values.integers(-2, 3);
            cases.add(OpCase.of(op, of(3, 17).with(few), of(17).with(few)).constant());
            cases.add(OpCase.of(op, of(4, 5).with(few).with(Layout.PERMUTED), of(4, 1).with(few))
                    .constant()
                    .in(I32, I64, BF16, BOOL));
            cases.add(OpCase.of(op, of(200).with(Values.special()), of(200).with(Values.special()))
                    .constant());
        }
        where(cases);
        conversion(cases);
        return cases;
    }

    private static void creation(List<OpCase> cases) {
        for (DType dtype : DType.values()) {
            cases.add(OpCase.of(new Full(dtype, Shape.of(3, 5), 1)).constant());
        }
        cases.add(OpCase.of(new Full(F32, Shape.of(0, 3), 1)).constant());
        cases.add(OpCase.of(new Full(F16, Shape.SCALAR, -0.3)).constant());
        cases.add(OpCase.of(new Arange(I64, 7, 3, -2)).constant());
        cases.add(OpCase.of(new Arange(F32, 19, 0.1, 0.3)).constant());
        for (Distribution distribution : Distribution.values()) {
            for (DType dtype : List.of(F32, F64)) {
                cases.add(OpCase.of(new Random(distribution, dtype, Shape.of(9, 29), 5, 0, -1, 2))
                        .constant());
                cases.add(OpCase.of(new Random(distribution, dtype, Shape.of(7), -9L << 40, (1L << 34) + 3, 0, 1))
                        .constant());
            }
        }
    }

    private static void unary(List<OpCase> cases, UnaryKind kind) {
        double a = switch (kind) {
            case POW -> 2.5;
            case ELU -> 0.7;
            case LEAKY_RELU -> 0.3;
            case CLAMP -> -0.4;
            case AFFINE -> -1.25;
            default -> 0;
        };
        double b = switch (kind) {
            case CLAMP -> 1.1;
            case AFFINE -> 0.375;
            default -> 0;
        };
        Values values = switch (kind) {
            case LOG, SQRT, RSQRT, POW -> Values.uniform(0.1, 4);
            case RECIPROCAL, ABS, RELU, LEAKY_RELU, ELU, SIGN -> Values.awayFrom(0);
            case CLAMP -> Values.awayFrom(a, b);
            case FLOOR -> Values.awayFrom(-4, -3, -2, -1, 0, 1, 2, 3, 4);
            case ROUND -> Values.awayFrom(-3.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5);
            default -> Values.normal();
        };
        Unary op = new Unary(kind, a, b);
        for (OpInput shape : shapes()) {
            cases.add(OpCase.of(op, shape.with(values)));
        }
        cases.add(OpCase.of(op, of(3, 1031).with(values)).constant().named("long"));
        cases.add(OpCase.of(op, of(200).with(Values.special())).constant().named("special"));
        UnaryGrad gradient = new UnaryGrad(kind, a, b);
        for (OpInput x :
                List.of(of(0, 3), of(5, 211).with(values), of(4, 6).with(values).with(Layout.PERMUTED))) {
            cases.add(OpCase.of(gradient, of(x.shape().toArray()), x).completed(in ->
                    new Tensor[] {in[0], in[1], Engine.run(op, in[1])}));
        }
        switch (kind) {
            case NEG, ABS, SQUARE, RELU, SIGN, FLOOR, ROUND ->
                cases.add(OpCase.of(op, of(3, 7).with(Values.integers(-9, 10)))
                        .constant()
                        .in(I32, I64));
            case CLAMP, AFFINE ->
                cases.add(OpCase.of(new Unary(kind, -2, 5), of(3, 7).with(Values.integers(-9, 10)))
                        .constant()
                        .in(I32, I64));
            default -> {}
        }
        if (kind == UnaryKind.CLAMP) { // one side open
            cases.add(OpCase.of(new Unary(kind, 0, Double.POSITIVE_INFINITY), of(3, 7).with(Values.integers(-9, 10)))
                    .constant()
                    .in(I32, I64));
        }
    }

    /** Odd, single, scalar, empty and strided shapes of one input. */
    private static List<OpInput> shapes() {
        return List.of(
                of(3, 5),
                of(),
                of(1, 1),
                of(0, 3),
                of(2, 3, 7),
                of(4, 5).with(Layout.PERMUTED),
                of(3, 9).with(Layout.SLICED),
                of(3, 4).with(Layout.EXPANDED));
    }

    private static void binary(List<OpCase> cases, BinaryKind kind) {
        Binary op = new Binary(kind);
        Values left = kind == BinaryKind.POW ? Values.uniform(0.2, 3) : Values.normal();
        Values right = kind == BinaryKind.DIV ? Values.awayFrom(0) : Values.normal();
        OpInput[][] pairs = {
            {of(3, 5), of(3, 5)},
            {of(), of()},
            {of(2, 3, 7), of()},
            {of(2, 3, 7), of(7)},
            {of(2, 3, 7), of(3, 1)},
            {of(2, 1, 7), of(3, 1)},
            {of(), of(4, 3)},
            {of(0, 3), of(1, 3)},
            {of(4, 5).with(Layout.PERMUTED), of(4, 5)},
            {of(3, 9), of(3, 9).with(Layout.SLICED)},
            {of(3, 4).with(Layout.EXPANDED), of(3, 4).with(Layout.PERMUTED)},
        };
        for (OpInput[] pair : pairs) {
            cases.add(OpCase.of(op, pair[0].with(left), pair[1].with(right)));
        }
        if (kind == BinaryKind.ADD) {
            cases.add(OpCase.of(op, of(2, 3, 7), of(3, 1)).constant().in(BF16).within(1e-3));
        }
        cases.add(OpCase.of(op, of(3, 1031).with(left), of(3, 1031).with(right))
                .constant()
                .named("long"));
        cases.add(OpCase.of(op, of(5, 131).with(left), of(5, 1).with(right))
                .constant()
                .named("rows"));
        cases.add(OpCase.of(op, of(300).with(Values.special()), of(300).with(Values.special()))
                .constant()
                .named("special"));
        cases.add(OpCase.of(op, of(4, 5).with(Values.integers(-9, 10)), of(5).with(Values.integers(1, 5)))
                .constant()
                .in(I32, I64));
    }

    private static void where(List<OpCase> cases) {
        OpInput condition = OpInput.condition(3, 5);
        cases.add(OpCase.of(new Where(), condition, of(3, 5), of(3, 5)));
        cases.add(OpCase.of(new Where(), condition.with(Layout.SLICED), of(5), of(3, 1)));
        cases.add(OpCase.of(new Where(), condition, of(2, 3, 5), of()));
        cases.add(OpCase.of(new Where(), condition, of(3, 5).with(Layout.PERMUTED), of(3, 5))
                .constant()
                .in(I32, I64, BF16, F16, BOOL));
        cases.add(OpCase.of(new Where(), OpInput.condition(0), of(0), of(1)));
    }

    private static void conversion(List<OpCase> cases) {
        for (DType to : DType.values()) {
            Values values = Values.uniform(-70, 70);
            cases.add(
                    OpCase.of(new Cast(to), of(3, 5).with(values)).constant().in(F32, F64, BF16, F16, I32, I64, BOOL));
            cases.add(OpCase.of(new Cast(to), of(4, 5).with(values).with(Layout.PERMUTED))
                    .constant());
            cases.add(OpCase.of(new Cast(to), of(0, 2)).constant());
            cases.add(OpCase.of(new Cast(to), of(100).with(Values.special())).constant());
        }
        cases.add(OpCase.of(new Cast(F64), of(3, 5)));
        for (OpInput shape : shapes()) {
            cases.add(OpCase.of(new Contiguous(), shape));
            cases.add(OpCase.of(new Contiguous(), shape).constant().in(BF16, F16, I32, I64, BOOL));
        }
    }
}
