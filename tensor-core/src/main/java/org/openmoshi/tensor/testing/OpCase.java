package org.openmoshi.tensor.testing;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Engine;
import org.openmoshi.tensor.Op;
import org.openmoshi.tensor.Tensor;

/**
 * An operation with inputs: one entry of {@link OpCases}, which drives the comparison of backends and the gradient
 * check.
 *
 * @param dtypes the types it is run in
 * @param tolerance largest relative L2 error of a float32 result against the reference
 * @param differentiable whether its first output has gradients with respect to the inputs that are not constant
 * @param complete turns the listed inputs into those of the operation, for inputs that must be computed from others
 *     (the result of the forward operation in a gradient); runs on the reference backend
 */
public record OpCase(
        String name,
        Op op,
        List<OpInput> inputs,
        Set<DType> dtypes,
        double tolerance,
        boolean differentiable,
        UnaryOperator<Tensor[]> complete) {
    private static final double TOLERANCE = 2e-6;

    /** A differentiable case in float32 and float64. */
    public static OpCase of(Op op, OpInput... inputs) {
        StringBuilder name = new StringBuilder(op.toString());
        for (OpInput input : inputs) {
            name.append(' ').append(input.shape());
            if (input.layout() != Layout.DENSE) {
                name.append(input.layout());
            }
        }
        return new OpCase(
                name.toString(),
                op,
                List.of(inputs),
                EnumSet.of(DType.F32, DType.F64),
                TOLERANCE,
                true,
                UnaryOperator.identity());
    }

    /** This case without gradient. */
    public OpCase constant() {
        return new OpCase(name, op, inputs, dtypes, tolerance, false, complete);
    }

    /** This case with more in its name. */
    public OpCase named(String suffix) {
        return new OpCase(name + " " + suffix, op, inputs, dtypes, tolerance, differentiable, complete);
    }

    /** This case in other types. */
    public OpCase in(DType first, DType... others) {
        return new OpCase(name, op, inputs, EnumSet.of(first, others), tolerance, differentiable, complete);
    }

    /** This case with another tolerance. */
    public OpCase within(double error) {
        return new OpCase(name, op, inputs, dtypes, error, differentiable, complete);
    }

    /** This case, which has no gradient, with inputs computed from those listed. */
    public OpCase completed(UnaryOperator<Tensor[]> function) {
        return new OpCase(name, op, inputs, dtypes, tolerance, false, function);
    }

    /** Whether inputs have values of all magnitudes, so that results must be compared one by one. */
    boolean hasSpecialValues() {
        return inputs.stream().anyMatch(input -> input.values() instanceof Values.Special);
    }

    /** The seed of an input's values. */
    public long seed(int input) {
        return 31L * name.hashCode() + input;
    }

    /** The operation's inputs on a backend; computed ones come from the reference, so that every backend has the same. */
    public Tensor[] inputs(Backend reference, Backend backend, DType dtype) {
        Tensor[] listed = views(reference, dtype);
        Tensor[] all = complete.apply(listed.clone());
        Tensor[] moved = views(backend, dtype);
        for (int i = 0; i < all.length; i++) {
            all[i] = position(all[i], listed) < 0 ? all[i].to(backend) : moved[position(all[i], listed)];
        }
        return all;
    }

    private Tensor[] views(Backend backend, DType dtype) {
        Tensor[] views = new Tensor[inputs.size()];
        for (int i = 0; i < views.length; i++) {
            OpInput input = inputs.get(i);
            views[i] = input.view(input.base(backend, dtype, seed(i)));
        }
        return views;
    }

    private static int position(Tensor tensor, Tensor... among) {
        for (int i = 0; i < among.length; i++) {
            if (among[i] == tensor) {
                return i;
            }
        }
        return -1;
    }

    /**
     * The first output in float64 as a function of the bases of those inputs that are not constant, in order: what a
     * gradient check differentiates.
     */
    public Tensor apply(Tensor... bases) {
        Tensor[] all = new Tensor[inputs.size()];
        int next = 0;
        for (int i = 0; i < all.length; i++) {
            OpInput input = inputs.get(i);
            Tensor base = input.constant() ? input.base(bases[0].backend(), DType.F64, seed(i)) : bases[next++];
            all[i] = input.view(base);
        }
        return Engine.run(op, all);
    }

    @Override
    public String toString() {
        return name;
    }
}
