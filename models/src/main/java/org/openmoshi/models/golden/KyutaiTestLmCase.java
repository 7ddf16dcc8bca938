package org.openmoshi.models.golden;

import java.io.IOException;
import java.nio.file.Path;
import org.openmoshi.models.checkpoint.SafetensorsFile;
import org.openmoshi.models.config.ConfigReader;
import org.openmoshi.models.moshi.FusedProjections;
import org.openmoshi.models.moshi.MoshiConfig;
import org.openmoshi.models.moshi.MoshiModel;
import org.openmoshi.tensor.Scope;

/**
 * Kyutai's own test of their language model: logits, and which of them count. The model has low-rank embeddings, a
 * schedule of weights, delays up to four frames, layer norms and sinusoidal positions, and its file is of the first form.
 */
public final class KyutaiTestLmCase implements GoldenCase {
    /** As their test makes the model; the folder has no configuration. */
    private static final String CONFIG = """
            delays: [0, 1, 2, 4]
            n_q: 3
            dep_q: 3
            card: 32
            text_card: 48
            dim: 16
            num_layers: 2
            num_heads: 1
            hidden_scale: 1
            depformer_dim: 16
            depformer_multi_linear: true
            depformer_weights_per_step: true
            depformer_weights_per_step_schedule: [0, 1, 1]
            depformer_low_rank_embeddings: 8
            depformer_num_heads: 1
            depformer_gating: silu
            context: 4
            """;

    @Override
    public String kind() {
        return "kyutai_test_lm";
    }

    @Override
    public GoldenResult run(Path folder) throws IOException {
        CaseFolder files = new CaseFolder(folder);
        MoshiConfig config = MoshiConfig.read(kind(), ConfigReader.parse(kind(), CONFIG));
        Comparison comparison = new Comparison();
        try (Scope _ = Scope.open();
                MoshiModel model = MoshiModel.zeros(config);
                SafetensorsFile weights = files.tensors("test_lm_model.safetensors");
                SafetensorsFile inputs = files.tensors("test_lm_codes.safetensors");
                SafetensorsFile expected = files.tensors("test_lm_out.safetensors")) {
            model.stateDict().load(new FusedProjections(weights, config));
            LmTrainStepCase.logits(comparison, model, inputs.load("codes"), expected);
        }
        return comparison.result();
    }
}
