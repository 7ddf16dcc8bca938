package org.openmoshi.models.wavlm;

import org.openmoshi.autograd.Parameter;
import org.openmoshi.models.nn.Init;
import org.openmoshi.models.nn.Linear;
import org.openmoshi.models.nn.ModulePath;
import org.openmoshi.tensor.Functions;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * Multi-head self-attention over all steps whose relative position bias each query scales by a gate of its own (WavLM
 * paper, section 3.1). Scores are held in full: inputs are chunks of seconds.
 */
final class GatedAttention {
    private static final int GATE_FEATURES = 8; // two gates, each the sum of four

    private final Linear query;
    private final Linear key;
    private final Linear value;
    private final Linear out;
    private final Linear gate;
    private final Parameter gateScale;
    private final int numHeads;
    private final int headSize;

    GatedAttention(ModulePath at, WavLmConfig config) {
        int features = config.encoderEmbedDim();
        numHeads = config.encoderAttentionHeads();
        headSize = features / numHeads;
        gateScale = at.param("grep_a", Init.constant(1), 1, numHeads, 1, 1);
        key = new Linear(at.sub("k_proj"), features, features, true);
        value = new Linear(at.sub("v_proj"), features, features, true);
        query = new Linear(at.sub("q_proj"), features, features, true);
        out = new Linear(at.sub("out_proj"), features, features, true);
        gate = new Linear(at.sub("grep_linear"), headSize, GATE_FEATURES, true);
    }

    /** x: [B, T, features], positionBias: [H, T, T]; shape of x out. */
    Tensor forward(Tensor x, Tensor positionBias) {
        try (Scope scope = Scope.open()) {
            Tensor q = heads(query.forward(x)).mul(1 / Math.sqrt(headSize));
            Tensor k = heads(key.forward(x));
            Tensor scores = q.matmul(k.transpose(2, 3)).add(positionBias.mul(gates(x))); // [B, H, T, T]
            Tensor mixed = Functions.softmax(scores, 3).matmul(heads(value.forward(x)));
            return scope.keep(out.forward(mixed.transpose(1, 2).contiguous().reshape(x.shape())));
        }
    }

    /** What a query multiplies the bias by, from the input at its step: [B, H, T, 1]. */
    private Tensor gates(Tensor x) {
        try (Scope scope = Scope.open()) {
            long steps = x.dim(1);
            Tensor both = gate.forward(heads(x))
                    .reshape(-1, numHeads, steps, 2, GATE_FEATURES / 2)
                    .sum(4)
                    .sigmoid();
            Tensor update = both.slice(3, 0, 1);
            Tensor reset = both.slice(3, 1, 2);
            return scope.keep(update.mul(reset.mul(gateScale.value()).sub(1)).add(2));
        }
    }

    /** [B, T, features] -> [B, H, T, D]. */
    private Tensor heads(Tensor x) {
        return x.reshape(x.dim(0), x.dim(1), numHeads, headSize).transpose(1, 2).contiguous();
    }
}
