package org.openmoshi.models.moshi;

import org.openmoshi.autograd.Parameter;
import org.openmoshi.models.nn.Init;
import org.openmoshi.models.nn.Linear;
import org.openmoshi.models.nn.ModulePath;
import org.openmoshi.tensor.Functions;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * Attention of the temporal transformer to a condition, without positions: {@code in_projs.0.weight} [3 dim, dim] holds
 * the query's map, then those of keys and values.
 */
final class CrossAttention {
    private final Parameter inProjection;
    private final Linear outProjection;
    private final StackConfig config;

    /** Registers the parameters. */
    CrossAttention(ModulePath at, StackConfig config) {
        this.config = config;
        int dim = config.dim();
        outProjection = new Linear(at.sub("out_projs.0"), dim, dim, false);
        inProjection = at.sub("in_projs.0").param("weight", Init.fanIn(dim), 3L * dim, dim);
    }

    /** x: [B, T, dim], condition: [B, S, dim] -> [B, T, dim]. */
    Tensor forward(Tensor x, Tensor condition) {
        int dim = config.dim();
        try (Scope scope = Scope.open()) {
            Tensor q = heads(x.linear(inProjection.value().slice(0, 0, dim)));
            Tensor k = heads(condition.linear(inProjection.value().slice(0, dim, 2L * dim)));
            Tensor v = heads(condition.linear(inProjection.value().slice(0, 2L * dim, 3L * dim)));
            Tensor mixed = Functions.attention(q, k, v, false, 0, 1 / Math.sqrt(config.headSize()));
            return scope.keep(outProjection.forward(mixed.transpose(1, 2).reshape(x.shape())));
        }
    }

    private Tensor heads(Tensor x) {
        return x.reshape(x.dim(0), x.dim(1), config.numHeads(), config.headSize())
                .transpose(1, 2);
    }
}
