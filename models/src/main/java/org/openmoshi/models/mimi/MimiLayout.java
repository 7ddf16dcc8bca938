package org.openmoshi.models.mimi;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.openmoshi.models.checkpoint.NameTable;
import org.openmoshi.models.checkpoint.NameTable.Rule;
import org.openmoshi.models.checkpoint.TensorSource;

/** Whose names the tensors of a codec have on disk; this table is the one place that knows them. */
public enum MimiLayout {
    /** The names of Kyutai's state dict, which are this project's own. */
    KYUTAI("Kyutai", "encoder.model.0.conv.conv.bias", false),

    /** Kyutai's names as their first releases had them: attention without numbered projections. */
    KYUTAI_FIRST(
            "Kyutai, first releases",
            "encoder_transformer.transformer.layers.0.self_attn.in_proj_weight",
            false,
            Rule.of(
                    "*.transformer.layers.*.self_attn.in_projs.0.weight",
                    "*.transformer.layers.*.self_attn.in_proj_weight"),
            Rule.of(
                    "*.transformer.layers.*.self_attn.out_projs.0.weight",
                    "*.transformer.layers.*.self_attn.out_proj.weight")),

    /**
     * The names of {@code MimiModel} in Hugging Face's transformers. Queries, keys and values have a projection each,
     * whose rows are in another order ({@link RotaryOrder}).
     */
    HUGGING_FACE(
            "Hugging Face",
            "encoder.layers.0.conv.bias",
            true,
            Rule.of("encoder.model.*.conv.conv.*", "encoder.layers.*.conv.*"),
            Rule.of("encoder.model.*.block.*.conv.conv.*", "encoder.layers.*.block.*.conv.*"),
            Rule.of("decoder.model.*.conv.conv.*", "decoder.layers.*.conv.*"),
            Rule.of("decoder.model.*.convtr.convtr.*", "decoder.layers.*.conv.*"),
            Rule.of("decoder.model.*.block.*.conv.conv.*", "decoder.layers.*.block.*.conv.*"),
            Rule.of("downsample.conv.conv.conv.*", "downsample.conv.*"),
            Rule.of("upsample.convtr.convtr.convtr.*", "upsample.conv.*"),
            Rule.of(
                    "*.transformer.layers.*.self_attn.in_projs.0.weight",
                    "*.layers.*.self_attn.q_proj.weight",
                    "*.layers.*.self_attn.k_proj.weight",
                    "*.layers.*.self_attn.v_proj.weight"),
            Rule.of("*.transformer.layers.*.self_attn.out_projs.0.weight", "*.layers.*.self_attn.o_proj.weight"),
            Rule.of("*.transformer.layers.*.norm1.*", "*.layers.*.input_layernorm.*"),
            Rule.of("*.transformer.layers.*.norm2.*", "*.layers.*.post_attention_layernorm.*"),
            Rule.of("*.transformer.layers.*.linear1.weight", "*.layers.*.mlp.fc1.weight"),
            Rule.of("*.transformer.layers.*.linear2.weight", "*.layers.*.mlp.fc2.weight"),
            Rule.of("*.transformer.layers.*.layer_scale_1.scale", "*.layers.*.self_attn_layer_scale.scale"),
            Rule.of("*.transformer.layers.*.layer_scale_2.scale", "*.layers.*.mlp_layer_scale.scale"),
            Rule.of("quantizer.rvq_first.*.weight", "quantizer.semantic_residual_vector_quantizer.*.weight"),
            Rule.of(
                    "quantizer.rvq_first.vq.layers.*._codebook._initialized",
                    "quantizer.semantic_residual_vector_quantizer.layers.*.codebook.initialized"),
            Rule.of(
                    "quantizer.rvq_first.vq.layers.*._codebook.cluster_usage",
                    "quantizer.semantic_residual_vector_quantizer.layers.*.codebook.cluster_usage"),
            Rule.of(
                    "quantizer.rvq_first.vq.layers.*._codebook.embedding_sum",
                    "quantizer.semantic_residual_vector_quantizer.layers.*.codebook.embed_sum"),
            Rule.of("quantizer.rvq_rest.*.weight", "quantizer.acoustic_residual_vector_quantizer.*.weight"),
            Rule.of(
                    "quantizer.rvq_rest.vq.layers.*._codebook._initialized",
                    "quantizer.acoustic_residual_vector_quantizer.layers.*.codebook.initialized"),
            Rule.of(
                    "quantizer.rvq_rest.vq.layers.*._codebook.cluster_usage",
                    "quantizer.acoustic_residual_vector_quantizer.layers.*.codebook.cluster_usage"),
            Rule.of(
                    "quantizer.rvq_rest.vq.layers.*._codebook.embedding_sum",
                    "quantizer.acoustic_residual_vector_quantizer.layers.*.codebook.embed_sum"));

    private final String title;
    private final String mark;
    private final NameTable names;

    MimiLayout(String title, String mark, boolean complete, Rule... rules) {
        this.title = title;
        this.mark = mark;
        names = new NameTable(complete, List.of(rules));
    }

    /** The layout's name for people. */
    public String title() {
        return title;
    }

    /** From the model's own names to this layout's. */
    NameTable names() {
        return names;
    }

    /** The layout of a file, if it holds a codec at all. */
    public static Optional<MimiLayout> of(TensorSource file) {
        return Stream.of(KYUTAI_FIRST, HUGGING_FACE, KYUTAI)
                .filter(layout -> file.contains(layout.mark))
                .findFirst();
    }
}
