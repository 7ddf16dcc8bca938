package org.openmoshi.models.golden;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.openmoshi.models.mimi.Mimi;
import org.openmoshi.models.mimi.MimiConfig;
import org.openmoshi.tensor.Tensor;

/**
 * Names and shapes of every entry of the full-size Mimi state dict, and its number of parameters. Each difference
 * counts 1. Other models' lists in the folder are left to who knows those models.
 */
public final class NamesCase implements GoldenCase {
    @Override
    public String kind() {
        return "names";
    }

    @Override
    public GoldenResult run(Path folder) throws IOException {
        JsonNode expected = new CaseFolder(folder).json("mimi_24khz.json");
        Comparison comparison = new Comparison();
        try (Mimi mimi = Mimi.zeros(MimiConfig.of("mimi_24khz.json", expected.get("config")))) {
            Map<String, Tensor> actual = mimi.stateDict().tensors();
            for (Map.Entry<String, JsonNode> entry : expected.get("state_dict").properties()) {
                Tensor tensor = actual.remove(entry.getKey());
                String shape =
                        tensor == null ? "(missing)" : tensor.shape().toString().replace(" ", "");
                exact(comparison, entry.getKey(), shape, entry.getValue().toString());
            }
            for (String unexpected : actual.keySet()) {
                exact(comparison, unexpected, "present", "absent");
            }
            exact(
                    comparison,
                    "number of parameters",
                    Long.toString(mimi.stateDict().parameterCount()),
                    expected.get("parameters").asText());
        }
        return comparison.result();
    }

    private static void exact(Comparison comparison, String name, String actual, String expected) {
        boolean equal = actual.equals(expected);
        comparison.add(
                equal ? name : name + " " + actual + " instead of " + expected, equal ? 0 : 1, Comparison.FORWARD);
    }
}
