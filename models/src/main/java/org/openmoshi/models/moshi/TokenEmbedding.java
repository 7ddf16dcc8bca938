package org.openmoshi.models.moshi;

import org.jspecify.annotations.Nullable;
import org.openmoshi.autograd.Parameter;
import org.openmoshi.models.nn.Init;
import org.openmoshi.models.nn.LayerNorm;
import org.openmoshi.models.nn.Linear;
import org.openmoshi.models.nn.ModulePath;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * A vector per token ({@code weight} [vocabulary, features]); a negative token gives zeros. Options: a layer norm on the
 * vectors, a smaller table with a linear map behind it ({@code low_rank}), or tokens that are pairs of two streams'
 * tokens, each mapped by its own matrix ({@code out1}, {@code out2}).
 */
final class TokenEmbedding {
    private final Parameter weight;
    private final int vocabulary;
    private final @Nullable LayerNorm norm;
    private final @Nullable Linear lowRank;
    private final @Nullable Linear first;
    private final @Nullable Linear second;

    /** Registers the parameters; lowRank 0 for a table of full width. */
    TokenEmbedding(ModulePath at, int vocabulary, int features, boolean normalised, int lowRank, boolean pairs) {
        this.vocabulary = vocabulary;
        int width = lowRank == 0 ? features : lowRank;
        weight = at.param("weight", Init.truncatedNormal(width), vocabulary, width);
        norm = normalised ? new LayerNorm(at.sub("norm"), width) : null;
        this.lowRank = lowRank == 0 ? null : new Linear(at.sub("low_rank"), width, features, false);
        first = pairs ? new Linear(at.sub("out1"), width, features, false) : null;
        second = pairs ? new Linear(at.sub("out2"), width, features, false) : null;
    }

    /** tokens: int64 [B, T] -> [B, T, features]. */
    Tensor forward(Tensor tokens) {
        if (first != null && second != null) {
            return pairs(tokens, first, second);
        }
        try (Scope scope = Scope.open()) {
            Tensor vectors = weight.value().embedding(tokens);
            if (norm != null) { // which would turn the zeros of negative tokens into its bias
                vectors = norm.forward(vectors).mul(present(tokens));
            }
            return scope.keep(lowRank == null ? vectors : lowRank.forward(vectors));
        }
    }

    /** A token is first + vocabulary (second + 1); second is -1, and adds nothing, where only the first stream speaks. */
    private Tensor pairs(Tensor tokens, Linear one, Linear two) {
        try (Scope scope = Scope.open()) {
            Tensor exact = tokens.cast(DType.F64);
            Tensor quotient = exact.div(vocabulary).floor();
            Tensor left = exact.sub(quotient.mul(vocabulary)).cast(DType.I64);
            Tensor negative = tokens.lt(tokens.zerosLike());
            Tensor right = quotient.sub(1).cast(DType.I64);
            Tensor none = Tensor.full(tokens.backend(), DType.I64, MoshiConfig.ZERO_TOKEN, tokens.shape());
            Tensor sum = one.forward(weight.value().embedding(negative.where(none, left)))
                    .add(two.forward(weight.value().embedding(right)));
            return scope.keep(sum);
        }
    }

    /** [B, T, 1] of 1 where a token stands and 0 where it is negative. */
    private Tensor present(Tensor tokens) {
        return tokens.ge(tokens.zerosLike()).cast(weight.value().dtype()).unsqueeze(-1);
    }
}
