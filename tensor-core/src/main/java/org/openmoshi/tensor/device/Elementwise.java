package org.openmoshi.tensor.device;

import java.util.Locale;
import org.openmoshi.tensor.ComputeOp.Binary;
import org.openmoshi.tensor.ComputeOp.Compare;
import org.openmoshi.tensor.ComputeOp.Unary;
import org.openmoshi.tensor.ComputeOp.UnaryGrad;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;

/** Functions of single elements ({@code unary.h}, {@code binary.h}, {@code where.h}). */
final class Elementwise {
    private Elementwise() {}

    static void unary(Unary op, Work work) {
        Tensor y = work.out(0);
        Tensor x = work.in(0);
        Strides strides = new Strides(y.shape(), x.strides());
        Launch launch = work.kernel("unary", x.dtype(), "unary_" + lower(op.kind()))
                .tensor(y)
                .tensor(x);
        strides.pass(launch, 0).real(op.a()).real(op.b()).integer(y.size()).elements(y.size());
    }

    static void unaryGrad(UnaryGrad op, Work work) {
        Tensor dx = work.out(0);
        Tensor g = work.in(0);
        Tensor saved = work.in(1);
        Strides strides = new Strides(dx.shape(), g.strides(), saved.strides());
        Launch launch = work.kernel("unary", dx.dtype(), "unary_grad_" + lower(op.kind()))
                .tensor(dx)
                .tensor(g);
        strides.pass(launch, 0).tensor(saved);
        strides.pass(launch, 1).real(op.a()).real(op.b()).integer(dx.size()).elements(dx.size());
    }

    static void binary(Binary op, Work work) {
        Tensor z = work.out(0);
        pair(work.kernel("binary", z.dtype(), "binary_" + lower(op.kind())), work)
                .dense(z.dtype().isFloat() ? work.noFaults() : work.faults())
                .integer(z.size())
                .elements(z.size());
    }

    static void compare(Compare op, Work work) {
        pair(work.kernel("binary", work.in(0).dtype(), "compare_" + lower(op.relation())), work)
                .integer(work.out(0).size())
                .elements(work.out(0).size());
    }

    /** Passes the result and two operands that are broadcast to its shape. */
    private static Launch pair(Launch launch, Work work) {
        Tensor z = work.out(0);
        Tensor x = work.in(0);
        Tensor y = work.in(1);
        Strides strides = new Strides(z.shape(), Strides.expand(x, z.shape()), Strides.expand(y, z.shape()));
        strides.pass(launch.tensor(z).tensor(x), 0).tensor(y);
        return strides.pass(launch, 1);
    }

    static void where(Work work) {
        Tensor z = work.out(0);
        Shape shape = z.shape();
        Tensor condition = work.in(0);
        Tensor x = work.in(1);
        Tensor y = work.in(2);
        Strides strides = new Strides(
                shape, Strides.expand(condition, shape), Strides.expand(x, shape), Strides.expand(y, shape));
        Launch launch = work.kernel("where", Copies.bytes(z.dtype()), "where").tensor(z);
        strides.pass(launch.tensor(condition), 0).tensor(x);
        strides.pass(launch, 1).tensor(y);
        strides.pass(launch, 2).integer(z.size()).elements(z.size());
    }

    private static String lower(Enum<?> kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }
}
