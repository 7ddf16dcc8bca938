package org.openmoshi.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.openmoshi.tensor.Axes;
import org.openmoshi.tensor.Backends;
import org.openmoshi.tensor.ComputeOp.*;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Engine;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;

/** Elementwise operations, reductions and moves on the fast backend against the reference. */
class VectorElementwiseTest {
    private final AgainstReference backends = new AgainstReference(11);

    @ParameterizedTest
    @EnumSource(UnaryKind.class)
    void unaryAndItsGradient(UnaryKind kind) {
        double a = kind == UnaryKind.CLAMP ? -0.5 : 0.7;
        for (long[] shape : AgainstReference.SHAPES) {
            try (Scope _ = Scope.open()) {
                for (Tensor any : backends.layouts(shape)) {
                    Tensor x = positiveOnly(kind) ? any.abs().add(0.1) : any;
                    Unary op = new Unary(kind, a, 0.8);
                    backends.check(1e-6, op, x);
                    Tensor saved = kind.savesResult() ? Engine.run(op, x) : x;
                    for (Tensor g : backends.layouts(shape)) {
                        backends.check(1e-6, new UnaryGrad(kind, a, 0.8), g, saved);
                    }
                }
            }
        }
    }

    private static boolean positiveOnly(UnaryKind kind) {
        return switch (kind) {
            case LOG, SQRT, RSQRT, RECIPROCAL, POW -> true;
            default -> false;
        };
    }

    @ParameterizedTest
    @EnumSource(BinaryKind.class)
    void binaryOfAllLayouts(BinaryKind kind) {
        for (long[] shape : AgainstReference.SHAPES) {
            try (Scope _ = Scope.open()) {
                for (Tensor a : backends.layouts(shape)) {
                    Tensor x = kind == BinaryKind.POW ? a.abs() : a;
                    for (Tensor b : backends.layouts(shape)) {
                        backends.check(1e-6, new Binary(kind), x, b);
                    }
                    backends.check(1e-6, new Binary(kind), x, backends.random(shape[2]));
                    backends.check(1e-6, new Binary(kind), x, backends.random(shape[1], 1));
                    backends.check(1e-6, new Binary(kind), backends.random().abs(), x);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Relation.class)
    void comparisonAndChoice(Relation relation) {
        for (long[] shape : AgainstReference.SHAPES) {
            try (Scope _ = Scope.open()) {
                for (Tensor a : backends.layouts(shape)) {
                    Tensor x = a.mul(2).round();
                    Tensor y = backends.random(shape).mul(2).round();
                    backends.check(0, new Compare(relation), x, y);
                    backends.check(0, new Compare(relation), y.slice(1, 0, 1), x);
                    Tensor condition = Engine.run(new Compare(relation), x, y);
                    backends.check(0, new Where(), condition, a, backends.random(shape[2]));
                    backends.check(0, new Where(), condition.slice(2, 0, 1), backends.random(), a);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(ReduceKind.class)
    void reductionsOverAnyAxes(ReduceKind kind) {
        int[][] axes = {{0}, {1}, {2}, {0, 1}, {0, 2}, {1, 2}, {0, 1, 2}};
        for (long[] shape : AgainstReference.SHAPES) {
            try (Scope _ = Scope.open()) {
                for (Tensor x : backends.layouts(shape)) {
                    for (int[] axis : axes) {
                        // Away from 0, so that the tolerance is one of the sum and not of what cancels in it.
                        backends.check(1e-6, new Reduce(kind, Axes.of(axis), false), x.add(2));
                    }
                }
            }
        }
    }

    @Test
    void longReductionsAreSplitAndStillExact() {
        try (Scope _ = Scope.open()) {
            Tensor x = backends.random(3, 50_000).add(1);
            Tensor y = backends.random(50_000, 3).add(1);
            for (ReduceKind kind : ReduceKind.values()) {
                backends.check(3e-7, new Reduce(kind, Axes.of(1), false), x);
                backends.check(3e-7, new Reduce(kind, Axes.of(0), false), y);
                backends.check(3e-7, new Reduce(kind, Axes.of(0, 1), false), y);
            }
        }
    }

    @Test
    void joinsAndPads() {
        for (long[] shape : AgainstReference.SHAPES) {
            try (Scope _ = Scope.open()) {
                Tensor other = backends.random(shape);
                for (Tensor x : backends.layouts(shape)) {
                    for (int axis = 0; axis < 3; axis++) {
                        backends.check(0, new Concat(axis), x, other, x);
                        backends.check(0, new Pad(PadMode.CONSTANT, axis, 3, 2, 0.5), x);
                        backends.check(0, new Pad(PadMode.REPLICATE, axis, 2, 3, 0), x);
                        long edge = Math.min(2, shape[axis] - 1);
                        backends.check(0, new Pad(PadMode.REFLECT, axis, edge, edge, 0), x);
                        Tensor g = Engine.run(new Pad(PadMode.REFLECT, axis, edge, edge, 0), x);
                        backends.check(1e-6, new PadGrad(PadMode.REFLECT, axis, edge, edge), g);
                        g = Engine.run(new Pad(PadMode.REPLICATE, axis, 2, 3, 0), x);
                        backends.check(1e-6, new PadGrad(PadMode.REPLICATE, axis, 2, 3), g);
                    }
                    backends.check(0, new Contiguous(), x);
                }
            }
        }
    }

    @Test
    void looksUpRowsAndCollectsTheirGradients() {
        try (Scope _ = Scope.open()) {
            Tensor index = Tensor.of(new long[] {3, 0, -1, 3, 6, 3}, 2, 3);
            for (long d : new long[] {1, 16, 37}) {
                backends.check(0, new Embedding(), index, backends.random(7, d));
                backends.check(0, new Embedding(), index, backends.random(d, 7).transpose(0, 1));
                backends.check(1e-6, new EmbeddingGrad(7), backends.random(2, 3, d), index);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Distribution.class)
    void randomNumbersAreThoseOfTheDefinition(Distribution distribution) {
        try (Scope _ = Scope.open()) {
            Shape shape = Shape.of(10_007);
            Random op = new Random(distribution, DType.F32, shape, -5, 3, 0.5, 2);
            float[] whole = Engine.create(Backends.named("cpu"), op).toFloats();
            assertThat(whole)
                    .isEqualTo(Engine.create(Backends.named("cpu-scalar"), op).toFloats());
        }
    }

    @Test
    void emptyTensors() {
        try (Scope _ = Scope.open()) {
            Tensor none = backends.random(0, 4);
            backends.check(0, new Unary(UnaryKind.EXP, 0, 0), none);
            backends.check(0, new Binary(BinaryKind.ADD), none, backends.random(4));
            backends.check(0, new Reduce(ReduceKind.SUM, Axes.of(0), false), none);
            backends.check(0, new Reduce(ReduceKind.SUM, Axes.of(1), false), none);
            backends.check(0, new Concat(0), none, backends.random(2, 4), none);
            backends.check(0, new Softmax(1), none);
        }
    }
}
