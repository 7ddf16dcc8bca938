package org.openmoshi.models.nn;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.openmoshi.models.checkpoint.CheckpointException;
import org.openmoshi.models.checkpoint.TensorSource;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;

/** Compares the names and shapes of a file with those of a model and reports every difference at once. */
final class StateDictCheck {
    private static final int LISTED = 20;

    private StateDictCheck() {}

    static void check(TensorSource file, Map<String, Tensor> targets) throws CheckpointException {
        List<String> missing = new ArrayList<>();
        List<String> unexpected = new ArrayList<>();
        List<String> different = new ArrayList<>();
        for (Map.Entry<String, Tensor> entry : targets.entrySet()) {
            String name = entry.getKey();
            Shape shape = entry.getValue().shape();
            if (!file.contains(name)) {
                missing.add(name + " " + shape);
            } else if (!file.shape(name).equals(shape)) {
                different.add(name + " " + file.shape(name) + ", the model has " + shape);
            }
        }
        for (String name : file.names()) {
            if (!targets.containsKey(name)) {
                unexpected.add(name + " " + file.shape(name));
            }
        }
        if (!missing.isEmpty() || !unexpected.isEmpty() || !different.isEmpty()) {
            throw new CheckpointException(file.file() + " does not fit this model, choose the configuration it was made"
                    + " with" + list("missing", missing) + list("unexpected", unexpected)
                    + list("of another shape", different));
        }
    }

    private static String list(String title, List<String> entries) {
        if (entries.isEmpty()) {
            return "";
        }
        StringBuilder text = new StringBuilder("\n  " + entries.size() + " " + title + ":");
        entries.stream().limit(LISTED).forEach(entry -> text.append("\n    ").append(entry));
        if (entries.size() > LISTED) {
            text.append("\n    and ").append(entries.size() - LISTED).append(" more");
        }
        return text.toString();
    }
}
