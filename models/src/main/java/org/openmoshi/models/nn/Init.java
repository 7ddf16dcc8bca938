package org.openmoshi.models.nn;

import org.openmoshi.tensor.Backends;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Generator;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;

/** How a parameter starts. */
@FunctionalInterface
public interface Init {
    /** A tensor of the given type and shape on the default backend, in the current scope. */
    Tensor make(Generator generator, DType dtype, Shape shape);

    /** The same numbers, scaled. */
    default Init times(double factor) {
        return factor == 1
                ? this
                : (Generator generator, DType dtype, Shape shape) -> {
                    try (Scope scope = Scope.open()) {
                        return scope.keep(make(generator, dtype, shape).mul(factor));
                    }
                };
    }

    /** Every element the same. */
    static Init constant(double value) {
        return (_, dtype, shape) -> Tensor.full(Backends.defaultBackend(), dtype, value, shape);
    }

    /**
     * Uniform on +-1 / sqrt(fanIn): what PyTorch's linear and convolution layers do, the uniform rule of He et al. 2015
     * with a gain of sqrt(1/3).
     */
    static Init fanIn(long fanIn) {
        double bound = 1 / Math.sqrt(fanIn);
        return (generator, dtype, shape) -> generator.uniform(dtype, -bound, bound, shape.toArray());
    }

    /**
     * Uniform on +-sqrt(3 / fanIn), which keeps the variance (LeCun et al. 1998, section 4.6), for convolutions in a deep
     * row: with the bound of {@link #fanIn} each would shrink the signal against its bias, and the output of a fresh
     * codec would hardly depend on its input.
     *
     * @param fanIn number of products that are summed into one output
     */
    static Init deep(double fanIn) {
        double bound = Math.sqrt(3 / fanIn);
        return (generator, dtype, shape) -> generator.uniform(dtype, -bound, bound, shape.toArray());
    }

    /** Normal with deviation 1 / sqrt(fanIn), cut at two deviations: Moshi's embeddings, projections and heads. */
    static Init truncatedNormal(long fanIn) {
        double deviation = 1 / Math.sqrt(fanIn);
        return (generator, dtype, shape) -> generator.truncatedNormal(dtype, 0, deviation, shape.toArray());
    }
}
