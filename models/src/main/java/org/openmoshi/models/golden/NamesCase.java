package org.openmoshi.models.golden;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.openmoshi.models.mimi.Mimi;
import org.openmoshi.models.mimi.MimiConfig;
import org.openmoshi.models.moshi.MoshiConfig;
import org.openmoshi.models.moshi.MoshiModel;
import org.openmoshi.models.nn.StateDict;
import org.openmoshi.tensor.Tensor;

/**
 * Names and shapes of every entry of full-size state dicts, and their numbers of parameters; each difference counts 1.
 * Lists whose name begins with {@code mimi} are codecs, with {@code moshi} language models.
 */
public final class NamesCase implements GoldenCase {
    @Override
    public String kind() {
        return "names";
    }

    @Override
    public GoldenResult run(Path folder) throws IOException {
        Comparison comparison = new Comparison();
        List<Path> lists;
        try (var files = Files.list(folder)) {
            lists = files.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .toList();
        }
        for (Path list : lists) {
            String name = list.getFileName().toString();
            JsonNode expected = new CaseFolder(folder).json(name);
            if (name.startsWith("mimi")) {
                try (Mimi mimi = Mimi.zeros(MimiConfig.of(name, expected.get("config")))) {
                    compare(comparison, name, expected, mimi.stateDict());
                }
            } else if (name.startsWith("moshi")) {
                try (MoshiModel moshi = MoshiModel.shapes(MoshiConfig.read(name, expected.get("config")))) {
                    compare(comparison, name, expected, moshi.stateDict());
                }
            } else {
                throw new IOException(list + ": names begin with mimi or moshi");
            }
        }
        return comparison.result();
    }

    private static void compare(Comparison comparison, String list, JsonNode expected, StateDict stateDict) {
        Map<String, Tensor> actual = stateDict.tensors();
        Function<String, String> in = name -> list + ": " + name;
        for (Map.Entry<String, JsonNode> entry : expected.get("state_dict").properties()) {
            Tensor tensor = actual.remove(entry.getKey());
            String shape =
                    tensor == null ? "(missing)" : tensor.shape().toString().replace(" ", "");
            exact(comparison, in.apply(entry.getKey()), shape, entry.getValue().toString());
        }
        for (String unexpected : actual.keySet()) {
            exact(comparison, in.apply(unexpected), "present", "absent");
        }
        exact(
                comparison,
                in.apply("number of parameters"),
                Long.toString(stateDict.parameterCount()),
                expected.get("parameters").asText());
    }

    private static void exact(Comparison comparison, String name, String actual, String expected) {
        boolean equal = actual.equals(expected);
        comparison.add(
                equal ? name : name + " " + actual + " instead of " + expected, equal ? 0 : 1, Comparison.FORWARD);
    }
}
