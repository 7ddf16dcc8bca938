package org.openmoshi.train.moshi;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.openmoshi.autograd.Parameter;
import org.openmoshi.autograd.optim.Adam;
import org.openmoshi.autograd.optim.Optimizer;
import org.openmoshi.autograd.optim.ParameterGroup;
import org.openmoshi.models.checkpoint.AtomicFile;
import org.openmoshi.models.checkpoint.CheckpointException;
import org.openmoshi.models.checkpoint.SafetensorsFile;
import org.openmoshi.models.checkpoint.SafetensorsWriter;
import org.openmoshi.models.moshi.FusedProjections;
import org.openmoshi.models.moshi.MoshiConfig;
import org.openmoshi.models.moshi.MoshiModel;
import org.openmoshi.models.nn.Lora;
import org.openmoshi.tensor.Generator;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/** Everything that a run changes as it goes, and all that a checkpoint holds. Restored, it continues to the same bits. */
final class MoshiTrainState implements AutoCloseable {
    /** The weights in a checkpoint, by Kyutai's names; with adapters, the merged ones. */
    static final String MODEL = "moshi.safetensors";

    /** The model's configuration in a checkpoint, in Kyutai's form. */
    static final String CONFIG = "config.json";

    /** The adapters alone. */
    static final String ADAPTERS = "lora.safetensors";

    private static final String BASE = "base.safetensors"; // what the adapters stand on
    private static final String STATE = "state.json";
    private static final String OPTIMIZER = "optimizer.safetensors";
    private static final ObjectMapper JSON = new ObjectMapper();

    final MoshiModel model;
    final List<Parameter> trained;
    final Optimizer optimizer;
    private final @Nullable Lora lora;

    Counters counters = new Counters(0, 0, 0, Double.POSITIVE_INFINITY, 0);

    /**
     * Counters of the run.
     *
     * @param step finished optimizer steps
     * @param batch batches taken from the data
     * @param skipped steps skipped because something was not finite
     * @param bestLoss lowest validation loss so far
     * @param bestStep the step that reached it
     */
    record Counters(long step, long batch, long skipped, double bestLoss, long bestStep) {
        Counters next(int batches, boolean finite) {
            return new Counters(step + 1, batch + batches, finite ? skipped : skipped + 1, bestLoss, bestStep);
        }

        Counters scored(double loss) {
            return loss < bestLoss ? new Counters(step, batch, skipped, loss, step) : this;
        }
    }

    private record Snapshot(Counters counters, Map<String, Long> optimizerSteps) {}

    /** Random weights; a run that starts from others {@linkplain #load loads} them. */
    MoshiTrainState(MoshiTrainConfig config, MoshiConfig shape) {
        Generator random = new Generator(config.seed());
        lora = config.lora().rank() == 0
                ? null
                : new Lora(config.lora().rank(), config.lora().scaling());
        model = lora == null ? MoshiModel.random(shape, random) : MoshiModel.adapted(shape, lora, random);
        trained = model.stateDict().parameters().stream()
                .filter(parameter -> lora == null || Lora.isAdapter(parameter.name()))
                .toList();
        optimizer = optimizer(config.optimizer(), trained);
    }

    /** Takes the weights of another model; adapters stay as they are. */
    void load(Path init) throws IOException {
        Path file = Files.isDirectory(init) ? MoshiCheckpoint.checkpoint(init).resolve(MODEL) : init;
        try (SafetensorsFile weights = SafetensorsFile.open(file)) {
            model.stateDict().load(new FusedProjections(weights, model.config()), name -> !Lora.isAdapter(name));
        }
    }

    private static Optimizer optimizer(MoshiTrainConfig.Optimizer settings, List<Parameter> trained) {
        Predicate<String> depth = name -> name.startsWith("depformer") || name.startsWith("linears.");
        Predicate<String> text = name -> name.startsWith("text_emb.") || name.startsWith("text_linear.");
        return Adam.adamW(
                List.of(
                        group("temporal", trained, depth.or(text).negate(), settings.temporalLearningRate(), settings),
                        group("text", trained, text, settings.temporalLearningRate() * settings.textFactor(), settings),
                        group("depth", trained, depth, settings.depthLearningRate(), settings)),
                settings.beta1(),
                settings.beta2(),
                settings.epsilon());
    }

    private static ParameterGroup group(
            String name,
            List<Parameter> trained,
            Predicate<String> members,
            double rate,
            MoshiTrainConfig.Optimizer settings) {
        List<Parameter> parameters = new ArrayList<>();
        for (Parameter parameter : trained) {
            if (members.test(parameter.name())) {
                parameters.add(parameter);
            }
        }
        return new ParameterGroup(name, parameters, rate, settings.weightDecay());
    }

    /** Writes everything into an empty folder. */
    void save(Path folder) throws IOException {
        Map<String, Tensor> tensors = model.stateDict().tensors();
        try (Scope _ = Scope.open()) {
            SafetensorsWriter.write(folder.resolve(MODEL), lora == null ? tensors : lora.merge(tensors), Map.of());
        }
        if (lora != null) {
            SafetensorsWriter.write(folder.resolve(BASE), part(tensors, name -> !Lora.isAdapter(name)), Map.of());
            SafetensorsWriter.write(folder.resolve(ADAPTERS), part(tensors, Lora::isAdapter), Map.of());
        }
        SafetensorsWriter.write(folder.resolve(OPTIMIZER), optimizer.state(), Map.of());
        write(folder.resolve(CONFIG), model.config().toTree());
        write(folder.resolve(STATE), new Snapshot(counters, optimizer.steps()));
    }

    private static Map<String, Tensor> part(Map<String, Tensor> tensors, Predicate<String> members) {
        Map<String, Tensor> part = new HashMap<>(tensors);
        part.keySet().removeIf(members.negate());
        return part;
    }

    private static void write(Path file, Object value) throws IOException {
        byte[] json = JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(value);
        AtomicFile.write(file, json);
    }

    /** Restores what {@link #save} wrote. */
    void restore(Path folder) throws IOException {
        Snapshot snapshot = snapshot(folder);
        try (Scope _ = Scope.open();
                SafetensorsFile base = SafetensorsFile.open(folder.resolve(lora == null ? MODEL : BASE));
                SafetensorsFile moments = SafetensorsFile.open(folder.resolve(OPTIMIZER))) {
            model.stateDict().load(base, name -> !Lora.isAdapter(name));
            if (lora != null) {
                try (SafetensorsFile adapters = SafetensorsFile.open(folder.resolve(ADAPTERS))) {
                    model.stateDict().load(adapters, Lora::isAdapter);
                }
            }
            Map<String, Tensor> state = new HashMap<>();
            for (String name : moments.names()) {
                state.put(name, moments.load(name));
            }
            optimizer.restore(state, snapshot.optimizerSteps());
        }
        counters = snapshot.counters();
    }

    /** The counters of a checkpoint. */
    static Counters counters(Path folder) throws CheckpointException {
        return snapshot(folder).counters();
    }

    private static Snapshot snapshot(Path folder) throws CheckpointException {
        Path file = folder.resolve(STATE);
        try {
            return JSON.readValue(Files.readAllBytes(file), Snapshot.class);
        } catch (IOException e) {
            throw new CheckpointException(file + " cannot be read as the state of a run: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        optimizer.close();
        model.close();
    }
}
