package org.openmoshi.models.moshi;

import java.util.List;

/** The shape of one of the two transformers; the components are those of {@link MoshiConfig}. */
record StackConfig(
        int dim,
        int numHeads,
        int numLayers,
        List<Integer> dimFeedforward,
        double layerScale,
        int context,
        double maxPeriod,
        String gating,
        String norm,
        String positionalEmbedding,
        double positionalScale,
        int kvRepeat,
        boolean crossAttention,
        List<Integer> schedule) {
    int headSize() {
        return dim / numHeads;
    }

    int dimFeedforward(int set) {
        return dimFeedforward.size() == 1 ? dimFeedforward.getFirst() : dimFeedforward.get(set);
    }
}
