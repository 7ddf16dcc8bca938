package org.openmoshi.train.mimi;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.openmoshi.autograd.Parameter;
import org.openmoshi.autograd.optim.Adam;
import org.openmoshi.autograd.optim.Optimizer;
import org.openmoshi.autograd.optim.ParameterGroup;
import org.openmoshi.autograd.optim.WeightEma;
import org.openmoshi.models.checkpoint.AtomicFile;
import org.openmoshi.models.checkpoint.CheckpointException;
import org.openmoshi.models.checkpoint.SafetensorsFile;
import org.openmoshi.models.checkpoint.SafetensorsWriter;
import org.openmoshi.models.discriminator.Discriminator;
import org.openmoshi.models.mimi.Mimi;
import org.openmoshi.models.nn.StateDict;
import org.openmoshi.tensor.Generator;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.train.distill.DistillationHead;
import org.openmoshi.train.loss.LossBalancer;

/**
 * Everything that a run changes as it goes, and all that a checkpoint holds: model, discriminator, optimizers, weight
 * average, balancer, random state and counters. Restored, it continues to the same bits.
 */
final class MimiTrainState implements AutoCloseable {
    /** What a checkpoint holds beside tensors. */
    static final String FILE = "state.json";

    /** The discriminator in a checkpoint's folder. */
    static final String DISCRIMINATOR = "discriminator.safetensors";

    private static final ObjectMapper JSON = new ObjectMapper();

    final Mimi mimi;
    final Optimizer optimizer;
    final @Nullable WeightEma ema;
    /** The student's side of the distillation, which is trained with the codec but is no part of it. */
    final @Nullable DistillationHead distillation;

    final @Nullable Discriminator discriminator;
    final @Nullable Optimizer discriminatorOptimizer;
    final LossBalancer balancer;
    /** Random choices inside the model: unquantized items, quantizer dropout, codebook starts and replacements. */
    final Generator random;

    Counters counters = new Counters(0, 0, 0, Double.POSITIVE_INFINITY, 0);

    /**
     * Counters of the run.
     *
     * @param step finished optimizer steps
     * @param batch batches taken from the data
     * @param skipped steps skipped because something was not finite
     * @param bestScore lowest validation mel distance so far
     * @param bestStep the step that reached it
     */
    record Counters(long step, long batch, long skipped, double bestScore, long bestStep) {
        /** After a step over some batches. */
        Counters next(int batches, boolean finite) {
            return new Counters(step + 1, batch + batches, finite ? skipped : skipped + 1, bestScore, bestStep);
        }

        /** After a validation. */
        Counters scored(double score) {
            return score < bestScore ? new Counters(step, batch, skipped, score, step) : this;
        }
    }

    /** The part of a checkpoint that is not tensors. */
    private record Snapshot(
            Counters counters,
            long seed,
            long randomOffset,
            Map<String, Long> optimizerSteps,
            Map<String, Long> discriminatorSteps,
            Map<String, double[]> balancer) {}

    /**
     * The state at the start of a run.
     *
     * @param teacherWidth numbers per frame of the teacher, 0 without one
     */
    MimiTrainState(MimiTrainConfig config, int teacherWidth) {
        this.random = new Generator(config.seed());
        this.mimi = untrained(config, random);
        // numbers of its own, so that a run without a teacher starts from the same codec
        this.distillation = teacherWidth == 0
                ? null
                : new DistillationHead(
                        mimi.config().quantizer().outputDimension(), teacherWidth, new Generator(~config.seed()));
        this.optimizer = optimizer(config.optimizer(), mimi.stateDict(), distillation);
        double decay = config.optimizer().weightEma();
        this.ema = decay > 0 ? new WeightEma(mimi.stateDict().parameters(), decay) : null;
        this.balancer =
                new LossBalancer(weights(config.losses()), config.losses().balancerDecay());
        if (config.usesDiscriminator()) {
            MimiTrainConfig.Discriminator settings = config.discriminator();
            this.discriminator = Discriminator.random(settings.kinds(), random);
            this.discriminatorOptimizer = Adam.adamW(
                    List.of(new ParameterGroup(
                            "discriminator",
                            List.copyOf(discriminator.stateDict().parameters()),
                            settings.learningRate(),
                            0)),
                    settings.beta1(),
                    settings.beta2(),
                    config.optimizer().epsilon());
        } else {
            this.discriminator = null;
            this.discriminatorOptimizer = null;
        }
    }

    /** The codec at the start of a run. */
    static Mimi untrained(MimiTrainConfig config, Generator random) {
        return Mimi.random(config.mimi().withWeightNorm(true), random);
    }

    /** Weight decay on the transformers only (Défossez et al. 2024, section 3.3.4). */
    private static Optimizer optimizer(
            MimiTrainConfig.Optimizer settings, StateDict weights, @Nullable DistillationHead distillation) {
        List<Parameter> transformers = new ArrayList<>();
        List<Parameter> others = new ArrayList<>();
        for (Parameter parameter : weights.parameters()) {
            (parameter.name().contains("_transformer.") ? transformers : others).add(parameter);
        }
        if (distillation != null) {
            others.addAll(distillation.stateDict().parameters());
        }
        double rate = settings.learningRate();
        return Adam.adamW(
                List.of(
                        new ParameterGroup("transformers", transformers, rate, settings.transformerWeightDecay()),
                        new ParameterGroup("convolutions", others, rate, 0)),
                settings.beta1(),
                settings.beta2(),
                settings.epsilon());
    }

    private static Map<String, Double> weights(MimiTrainConfig.Losses losses) {
        return Map.of(
                "adversarial", losses.adversarial(),
                "feature", losses.feature(),
                "l1", losses.l1(),
                "msspec", losses.msspec(),
                "stft", losses.stft());
    }

    /** What the generator's optimizer trains: the codec, and the student's side of the distillation. */
    Collection<Parameter> parameters() {
        List<Parameter> all = new ArrayList<>(mimi.stateDict().parameters());
        if (distillation != null) {
            all.addAll(distillation.stateDict().parameters());
        }
        return all;
    }

    /** Runs a body with the weight averages in place of the weights, if the run keeps averages. */
    <T> T withAverages(Supplier<T> body) {
        if (ema == null) {
            return body.get();
        }
        ema.swap();
        try {
            return body.get();
        } finally {
            ema.swap();
        }
    }

    /** Writes everything into an empty folder. */
    void save(Path folder) throws IOException {
        SafetensorsWriter.write(
                folder.resolve("train.safetensors"), mimi.stateDict().tensors(), Map.of());
        SafetensorsWriter.write(folder.resolve("optimizer.safetensors"), optimizer.state(), Map.of());
        if (ema != null) {
            SafetensorsWriter.write(folder.resolve("average.safetensors"), ema.averages(), Map.of());
        }
        if (distillation != null) {
            SafetensorsWriter.write(
                    folder.resolve("distillation.safetensors"),
                    distillation.stateDict().tensors(),
                    Map.of());
        }
        if (discriminator != null && discriminatorOptimizer != null) {
            SafetensorsWriter.write(
                    folder.resolve(DISCRIMINATOR), discriminator.stateDict().tensors(), Map.of());
            SafetensorsWriter.write(
                    folder.resolve("discriminator_optimizer.safetensors"), discriminatorOptimizer.state(), Map.of());
        }
        withAverages(() -> {
            try {
                mimi.save(folder.resolve(RunFolder.CODEC));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return null;
        });
        Snapshot snapshot = new Snapshot(
                counters,
                random.seed(),
                random.offset(),
                optimizer.steps(),
                discriminatorOptimizer == null ? Map.of() : discriminatorOptimizer.steps(),
                balancer.state());
        AtomicFile.write(
                folder.resolve(FILE), JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(snapshot));
    }

    /** Restores what {@link #save} wrote. */
    void restore(Path folder) throws IOException {
        Snapshot snapshot = readSnapshot(folder.resolve(FILE));
        try (Scope _ = Scope.open()) {
            try (SafetensorsFile file = SafetensorsFile.open(folder.resolve("train.safetensors"))) {
                mimi.stateDict().load(file);
            }
            optimizer.restore(read(folder.resolve("optimizer.safetensors")), snapshot.optimizerSteps());
            if (ema != null) {
                ema.restore(read(folder.resolve("average.safetensors")));
            }
            if (distillation != null) {
                try (SafetensorsFile file = SafetensorsFile.open(folder.resolve("distillation.safetensors"))) {
                    distillation.stateDict().load(file);
                }
            }
            if (discriminator != null && discriminatorOptimizer != null) {
                try (SafetensorsFile file = SafetensorsFile.open(folder.resolve(DISCRIMINATOR))) {
                    discriminator.stateDict().load(file);
                }
                discriminatorOptimizer.restore(
                        read(folder.resolve("discriminator_optimizer.safetensors")), snapshot.discriminatorSteps());
            }
        }
        balancer.restore(snapshot.balancer());
        random.restore(snapshot.seed(), snapshot.randomOffset());
        counters = snapshot.counters();
    }

    /** The counters of a checkpoint. */
    static Counters readCounters(Path folder) throws CheckpointException {
        return readSnapshot(folder.resolve(FILE)).counters();
    }

    private static Snapshot readSnapshot(Path file) throws CheckpointException {
        try {
            return JSON.readValue(Files.readAllBytes(file), Snapshot.class);
        } catch (IOException e) {
            throw new CheckpointException(file + " cannot be read as the state of a run: " + e.getMessage(), e);
        }
    }

    private static Map<String, Tensor> read(Path file) throws CheckpointException {
        Map<String, Tensor> tensors = new HashMap<>();
        try (SafetensorsFile source = SafetensorsFile.open(file)) {
            for (String name : source.names()) {
                tensors.put(name, source.load(name));
            }
        }
        return tensors;
    }

    @Override
    public void close() {
        if (discriminator != null && discriminatorOptimizer != null) {
            discriminatorOptimizer.close();
            discriminator.close();
        }
        if (ema != null) {
            ema.close();
        }
        optimizer.close();
        if (distillation != null) {
            distillation.close();
        }
        mimi.close();
    }
}
