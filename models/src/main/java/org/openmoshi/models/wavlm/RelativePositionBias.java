package org.openmoshi.models.wavlm;

import org.openmoshi.autograd.Parameter;
import org.openmoshi.models.nn.Init;
import org.openmoshi.models.nn.ModulePath;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * A learned number per head and distance between query and key, the same for all layers (Raffel et al. 2020, section
 * 2.1): half of the buckets for keys ahead; of each half the first half for single distances, the rest logarithmic.
 */
final class RelativePositionBias {
    private final Parameter weight;
    private final int numBuckets;
    private final int maxDistance;

    RelativePositionBias(ModulePath at, WavLmConfig config) {
        numBuckets = config.numBuckets();
        maxDistance = config.maxDistance();
        weight = at.param("weight", Init.constant(0), numBuckets, config.encoderAttentionHeads());
    }

    /** [H, T, T], queries then keys. */
    Tensor forward(int steps) {
        long[] buckets = new long[steps * steps];
        for (int query = 0; query < steps; query++) {
            for (int key = 0; key < steps; key++) {
                buckets[query * steps + key] = bucket(key - query);
            }
        }
        try (Scope scope = Scope.open()) {
            Tensor values = weight.value().embedding(Tensor.of(buckets, steps, steps)); // [T, T, H]
            return scope.keep(values.permute(2, 0, 1).contiguous());
        }
    }

    /** Rounded in float32 step by step, as those that the weights were trained with. */
    private int bucket(int distance) {
        int half = numBuckets / 2;
        int ahead = distance > 0 ? half : 0;
        int magnitude = Math.abs(distance);
        int exact = half / 2;
        if (magnitude < exact) {
            return ahead + magnitude;
        }
        float octaves = (float) Math.log((float) magnitude / exact);
        float share = octaves / (float) Math.log((double) maxDistance / exact);
        return ahead + Math.min(half - 1, (int) (exact + share * (half - exact)));
    }
}
