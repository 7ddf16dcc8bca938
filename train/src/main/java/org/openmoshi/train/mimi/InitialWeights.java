package org.openmoshi.train.mimi;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.openmoshi.autograd.Parameter;
import org.openmoshi.models.checkpoint.CheckpointException;
import org.openmoshi.models.checkpoint.SafetensorsFile;
import org.openmoshi.models.checkpoint.TensorSource;
import org.openmoshi.models.config.ConfigReader;
import org.openmoshi.models.mimi.Mimi;
import org.openmoshi.models.mimi.MimiConfig;
import org.openmoshi.models.nn.StateDict;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;

/** Starts a run from the weights of another one, to fine-tune them, instead of from random ones. */
final class InitialWeights {
    private InitialWeights() {}

    /** The tensors of a codec, for {@link StateDict#load}. */
    private record CodecTensors(Path file, Map<String, Tensor> tensors) implements TensorSource {
        @Override
        public Set<String> names() {
            return tensors.keySet();
        }

        @Override
        public boolean contains(String name) {
            return tensors.containsKey(name);
        }

        @Override
        public Shape shape(String name) {
            return tensor(name).shape();
        }

        @Override
        public Tensor load(String name, DType dtype) {
            return tensor(name).cast(dtype);
        }

        private Tensor tensor(String name) {
            Tensor tensor = tensors.get(name);
            if (tensor == null) {
                throw new IllegalArgumentException("no tensor '" + name + "' in " + file);
            }
            return tensor;
        }
    }

    /**
     * Copies a codec into a fresh state, and the discriminator that lies beside its file, if both there and needed.
     *
     * @param codec the codec
     * @param file where it comes from
     * @return what was taken and what is new, a line each
     * @throws CheckpointException when the codec or the discriminator is of another configuration
     */
    static List<String> load(MimiTrainState state, Mimi codec, Path file) throws IOException {
        requireSame(state.mimi.config().withWeightNorm(false), codec.config().withWeightNorm(false), file);
        List<String> report = new ArrayList<>();
        try (Scope _ = Scope.open()) {
            state.mimi.stateDict().load(new CodecTensors(file, codec.stateDict().tensors()));
            if (state.ema != null) {
                Map<String, Tensor> values = new HashMap<>();
                for (Parameter parameter : state.mimi.stateDict().parameters()) {
                    values.put(parameter.name(), parameter.value());
                }
                state.ema.restore(values);
            }
        }
        report.add(String.format(
                Locale.ROOT,
                "taken from %s: the codec (%,d parameters) and its %d codebooks",
                file,
                codec.stateDict().parameterCount(),
                codec.config().quantizer().nQ()));
        report.add(discriminator(state, file.resolveSibling(MimiTrainState.DISCRIMINATOR)));
        if (state.distillation != null) {
            report.add("new: the student's side of the distillation");
        }
        report.add("new: the optimizers' moments, the balancer's averages, the learning rate schedule");
        return report;
    }

    private static String discriminator(MimiTrainState state, Path file) throws CheckpointException {
        if (state.discriminator == null) {
            return Files.exists(file)
                    ? "left: the discriminator in " + file + ", since this run trains none"
                    : "no discriminator: this run trains none";
        }
        if (!Files.exists(file)) {
            return "new: the discriminator, since there is none in " + file;
        }
        try (SafetensorsFile source = SafetensorsFile.open(file)) {
            state.discriminator.stateDict().load(source);
        } catch (CheckpointException e) {
            throw new CheckpointException(
                    e.getMessage()
                            + "\nSet discriminator.* as in the run that it comes from, or name a copy of the codec"
                            + " alone to start with a new discriminator",
                    e);
        }
        return String.format(
                Locale.ROOT,
                "taken from %s: the discriminator (%,d parameters)",
                file,
                state.discriminator.stateDict().parameterCount());
    }

    private static void requireSame(MimiConfig own, MimiConfig other, Path file) throws CheckpointException {
        Map<String, String> expected = flat(own);
        Map<String, String> found = flat(other);
        StringBuilder differences = new StringBuilder();
        expected.forEach((key, value) -> {
            if (!value.equals(found.get(key))) {
                differences
                        .append(differences.isEmpty() ? "" : ", ")
                        .append(key)
                        .append(" is ");
                differences
                        .append(found.get(key))
                        .append(" there and ")
                        .append(value)
                        .append(" here");
            }
        });
        if (!differences.isEmpty()) {
            throw new CheckpointException(file + " is of another configuration than this run's model: " + differences
                    + "; set model to the configuration it was trained with");
        }
    }

    /** Values by dotted keys. */
    private static Map<String, String> flat(MimiConfig config) {
        Map<String, String> flat = new TreeMap<>();
        flatten("", ConfigReader.toTree(config), flat);
        return flat;
    }

    private static void flatten(String prefix, JsonNode node, Map<String, String> into) {
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
            if (entry.getValue().isObject()) {
                flatten(prefix + entry.getKey() + ".", entry.getValue(), into);
            } else {
                into.put(prefix + entry.getKey(), entry.getValue().toString());
            }
        }
    }
}
