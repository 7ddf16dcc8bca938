package org.openmoshi.models.moshi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.openmoshi.models.checkpoint.SafetensorsFile;
import org.openmoshi.models.checkpoint.SafetensorsWriter;
import org.openmoshi.models.config.ConfigReader;
import org.openmoshi.models.golden.GoldenResult;
import org.openmoshi.models.golden.KyutaiTestLmCase;
import org.openmoshi.tensor.Generator;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.testing.LeakExtension;

@ExtendWith(LeakExtension.class)
class FusedProjectionsTest {
    private static final MoshiConfig CONFIG = MoshiConfig.read("test", ConfigReader.parse("test", """
                    dim: 16
                    text_card: 20
                    n_q: 3
                    dep_q: 3
                    card: 8
                    num_heads: 2
                    num_layers: 1
                    depformer_dim: 8
                    depformer_num_heads: 2
                    depformer_gating: silu
                    depformer_weights_per_step: true
                    depformer_weights_per_step_schedule: [0, 1, 1]
                    delays: [0, 0, 1, 1]
                    """));

    @TempDir
    private Path folder;

    /** The tensors of a model as the first form has them. */
    private static Map<String, Tensor> fused(Map<String, Tensor> tensors) {
        Map<String, Tensor> fused = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> {
            String first = name.replace("in_projs.0.weight", "in_proj_weight")
                    .replace("out_projs.0.weight", "out_proj.weight");
            String second = name.replace("projs.0.", "projs.1.");
            if (!first.equals(name)) {
                fused.put(
                        first,
                        tensors.containsKey(second) && !second.equals(name)
                                ? Tensor.concat(0, tensor, tensors.get(second))
                                : tensor);
            } else if (!name.contains("projs.1.")) {
                fused.put(name, tensor);
            }
        });
        return fused;
    }

    @Test
    void readsBothForms() throws IOException {
        try (Scope _ = Scope.open();
                MoshiModel model = MoshiModel.random(CONFIG, new Generator(1))) {
            Map<String, Tensor> tensors = model.stateDict().tensors();
            SafetensorsWriter.write(folder.resolve("today.safetensors"), tensors, Map.of());
            SafetensorsWriter.write(folder.resolve("first.safetensors"), fused(tensors), Map.of());
            for (String form : new String[] {"today", "first"}) {
                try (SafetensorsFile file = SafetensorsFile.open(folder.resolve(form + ".safetensors"));
                        MoshiModel loaded = MoshiModel.zeros(CONFIG)) {
                    assertThat(file.contains("depformer.layers.0.self_attn.in_proj_weight"))
                            .isEqualTo(form.equals("first"));
                    loaded.stateDict().load(new FusedProjections(file, CONFIG));
                    loaded.stateDict()
                            .tensors()
                            .forEach((name, tensor) -> assertThat(tensor.toFloats())
                                    .as(form + ": " + name)
                                    .isEqualTo(tensors.get(name).toFloats()));
                }
            }
        }
    }

    @Test
    void kyutaisOwnTestModelGivesItsLogits() throws IOException {
        String shared = System.getProperty("openmoshi.shared");
        assumeTrue(shared != null, "Kyutai's test model needs the folder of extra test data (openmoshi.shared)");
        GoldenResult result = new KyutaiTestLmCase().run(Path.of(shared, "golden", "kyutai_test_lm"));
        assertThat(result.passed()).as("%s", result).isTrue();
    }
}
