package org.openmoshi.models.nn;

import static org.openmoshi.models.config.Checks.oneOf;
import static org.openmoshi.models.config.Checks.positive;
import static org.openmoshi.models.config.Checks.require;

import java.util.List;

/**
 * A stack of transformer layers, with the keys of Kyutai's configurations. Some have only one possible value here; they
 * are there so that a file that asks for another is refused instead of misread.
 *
 * @param dModel features of a step
 * @param numHeads attention heads; their size is dModel / numHeads
 * @param numLayers layers
 * @param causal whether a step sees only itself and earlier ones; true
 * @param layerScale where the residual branches' scales start
 * @param context how many steps attention sees, the present one included
 * @param convLayout whether input and output are [B, C, T] instead of [B, T, C]; true
 * @param maxPeriod base of the rotary positions
 * @param gating kind of gated feed-forward network; {@code none}
 * @param norm kind of normalisation; {@code layer_norm}
 * @param positionalEmbedding kind of positions; {@code rope}
 * @param dimFeedforward features inside the feed-forward network
 * @param inputDimension channels that come in; projected when they are not dModel
 * @param outputDimensions channels that go out, one entry; projected when they are not dModel
 */
public record TransformerConfig(
        int dModel,
        int numHeads,
        int numLayers,
        boolean causal,
        double layerScale,
        int context,
        boolean convLayout,
        double maxPeriod,
        String gating,
        String norm,
        String positionalEmbedding,
        int dimFeedforward,
        int inputDimension,
        List<Integer> outputDimensions) {
    /** Checks the values. */
    public TransformerConfig {
        positive("transformer.d_model", dModel);
        positive("transformer.num_heads", numHeads);
        require(
                dModel % numHeads == 0 && dModel / numHeads % 2 == 0,
                "transformer.d_model " + dModel + " does not divide into " + numHeads
                        + " heads (transformer.num_heads) of an even size");
        require(numLayers >= 0, "transformer.num_layers is " + numLayers + ", must not be negative");
        require(causal, "transformer.causal must be true");
        require(
                Double.isFinite(layerScale) && layerScale > 0,
                "transformer.layer_scale is " + layerScale + ", must be positive");
        positive("transformer.context", context);
        require(convLayout, "transformer.conv_layout must be true");
        require(
                Double.isFinite(maxPeriod) && maxPeriod > 1,
                "transformer.max_period is " + maxPeriod + ", must be above 1");
        oneOf("transformer.gating", gating, "none");
        oneOf("transformer.norm", norm, "layer_norm");
        oneOf("transformer.positional_embedding", positionalEmbedding, "rope");
        positive("transformer.dim_feedforward", dimFeedforward);
        positive("transformer.input_dimension", inputDimension);
        require(
                outputDimensions.size() == 1,
                "transformer.output_dimensions has " + outputDimensions.size() + " entries, must have one");
        positive("transformer.output_dimensions", outputDimensions.getFirst());
        outputDimensions = List.copyOf(outputDimensions);
    }
}
