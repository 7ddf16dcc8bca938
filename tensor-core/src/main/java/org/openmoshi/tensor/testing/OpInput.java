package org.openmoshi.tensor.testing;

import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;

/**
 * One input of a case.
 *
 * @param dtype its type, or null for the type that the case is run in
 * @param shape its shape as the operation sees it
 * @param constant whether the operation has no gradient with respect to it
 */
public record OpInput(@Nullable DType dtype, Shape shape, Values values, Layout layout, boolean constant) {
    /** A dense normal input of the case's type. */
    public static OpInput of(long... shape) {
        return new OpInput(null, Shape.of(shape), Values.normal(), Layout.DENSE, false);
    }

    /** Int64 indices in [0, bound). */
    public static OpInput index(int bound, long... shape) {
        return new OpInput(DType.I64, Shape.of(shape), Values.integers(0, bound), Layout.DENSE, true);
    }

    /** A bool condition. */
    public static OpInput condition(long... shape) {
        return new OpInput(DType.BOOL, Shape.of(shape), Values.integers(0, 2), Layout.DENSE, true);
    }

    /** This input with other values. */
    public OpInput with(Values other) {
        return new OpInput(dtype, shape, other, layout, constant);
    }

    /** This input in another layout. */
    public OpInput with(Layout other) {
        return new OpInput(dtype, shape, values, other, constant);
    }

    /** This input without gradient. */
    public OpInput asConstant() {
        return new OpInput(dtype, shape, values, layout, true);
    }

    /** The shape of the dense tensor of which the input is a view. */
    public Shape baseShape() {
        return layout.base(shape);
    }

    /** Row-major values of the base. */
    public double[] baseValues(long seed) {
        Random random = new Random(seed);
        double[] numbers = new double[Math.toIntExact(baseShape().size())];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = values.next(random);
        }
        return numbers;
    }

    /** The base on a backend, in the input's own type or in that of the case. */
    Tensor base(Backend backend, DType caseType, long seed) {
        return Tensor.of(baseValues(seed), baseShape().toArray()).to(backend).cast(dtype == null ? caseType : dtype);
    }

    /** The input: a view of its base. */
    public Tensor view(Tensor base) {
        return layout.view(base, shape);
    }
}
