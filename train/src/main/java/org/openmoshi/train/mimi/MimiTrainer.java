package org.openmoshi.train.mimi;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.openmoshi.autograd.optim.Schedule;
import org.openmoshi.models.mimi.Mimi;
import org.openmoshi.models.mimi.MimiConfig;
import org.openmoshi.tensor.Generator;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.train.audio.AudioException;
import org.openmoshi.train.data.AudioDataset;
import org.openmoshi.train.data.BatchLoader;
import org.openmoshi.train.distill.Guidance;
import org.openmoshi.train.run.TrainingException;

/** The training loop of Mimi: batches in, steps, validation, checkpoints. */
public final class MimiTrainer {
    private static final int BAD_STEPS = 3;

    private final MimiTrainConfig config;
    private final RunFolder run;
    private final AudioDataset.Split data;
    private final Map<Path, AudioException> failures = new TreeMap<>();
    private Duration limit = ChronoUnit.FOREVER.getDuration();
    private long startNanos;
    private volatile boolean interrupted;

    /** Trains into a run folder. */
    public MimiTrainer(RunFolder run, AudioDataset.Split data) {
        this.config = run.config();
        this.run = run;
        this.data = data;
    }

    /** The codec that a run of this configuration starts from; the caller closes it. */
    public static Mimi untrained(MimiTrainConfig config) {
        return MimiTrainState.untrained(config, new Generator(config.seed()));
    }

    /**
     * Starts the run from a codec, and from the discriminator beside its file if there is one, instead of from random
     * weights. Both are copied into a checkpoint of step 0, so that the run does not need them again.
     *
     * @param codec of the run's configuration
     * @param file where it comes from
     * @return what was taken and what is new, a line each
     * @throws org.openmoshi.models.checkpoint.CheckpointException when they are of another configuration
     */
    public List<String> initialize(Mimi codec, Path file) throws IOException {
        try (Guidance guidance = guidance();
                MimiTrainState state = state(guidance)) {
            List<String> report = InitialWeights.load(state, codec, file);
            run.save(state);
            return report;
        }
    }

    /** Makes {@link #train} end with the first step that is finished this long after its call, as with the last one. */
    public void endAfter(Duration time) {
        limit = time;
    }

    /** Makes {@link #train} save a checkpoint and return after the step it is at. */
    public void interrupt() {
        interrupted = true;
    }

    /**
     * Trains until the last step or the time limit, from the newest checkpoint of the run if it has one.
     *
     * @return false when it was interrupted before the end
     * @throws TrainingException when three steps in a row were not finite
     */
    public boolean train() throws IOException, InterruptedException {
        startNanos = System.nanoTime();
        try (Guidance guidance = guidance();
                MimiTrainState state = state(guidance)) {
            run.restoreNewest(state);
            Validation validation = new Validation(
                    data.validation().clips(),
                    config.logging().validationClips(),
                    state.mimi.config().sampleRate());
            failures.putAll(validation.failures());
            try (TrainLog log = run.openLog(state.counters.step());
                    BatchLoader loader = loader(state);
                    MimiStep step = new MimiStep(config, state, schedule())) {
                try {
                    return loop(state, step, new Batches(loader, state, guidance), validation, log);
                } finally {
                    failures.putAll(loader.failures());
                }
            }
        }
    }

    /** The files that turned out to be unreadable while {@link #train} ran, and why. */
    public Map<Path, AudioException> failures() {
        return Collections.unmodifiableMap(failures);
    }

    private boolean loop(MimiTrainState state, MimiStep step, Batches batches, Validation validation, TrainLog log)
            throws IOException, InterruptedException {
        int bad = 0;
        if (state.counters.step() == 0) {
            validate(state, validation, log);
        }
        boolean last = false;
        while (!last && state.counters.step() < config.steps()) {
            MimiStep.Result result;
            try (Scope _ = Scope.open()) {
                result = step.run(batches.next());
            }
            state.counters = state.counters.next(config.data().accumulation(), result.finite());
            long done = state.counters.step();
            log.step(done, secondsPerStep(), result, state.counters.skipped());
            bad = result.finite() ? 0 : bad + 1;
            if (bad == BAD_STEPS) {
                throw TrainingException.notFinite(done, result.values(), "optimizer.learning_rate", run.path());
            }
            last = done == config.steps() || isOver(limit);
            boolean best = false;
            if (last || done % config.logging().validateEvery() == 0) {
                validate(state, validation, log);
                best = state.counters.bestStep() == done;
            }
            if (last || best || interrupted || done % config.logging().checkpointEvery() == 0) {
                log.flush();
                run.save(state);
            }
            if (interrupted && !last) {
                return false;
            }
        }
        return true;
    }

    private boolean isOver(Duration time) {
        return Duration.ofNanos(System.nanoTime() - startNanos).compareTo(time) >= 0;
    }

    private @Nullable Guidance guidance() throws IOException {
        MimiConfig codec = config.mimi();
        return config.distillation().hasTeacher()
                ? Guidance.open(config.distillation(), run.path(), codec.sampleRate(), codec.frameSize())
                : null;
    }

    private MimiTrainState state(@Nullable Guidance guidance) {
        return new MimiTrainState(config, guidance == null ? 0 : guidance.width());
    }

    /** The batches of each step, with their targets. */
    private final class Batches {
        private final BatchLoader loader;
        private final @Nullable Guidance guidance;
        private final int samples;
        private final int frames;

        Batches(BatchLoader loader, MimiTrainState state, @Nullable Guidance guidance) {
            this.loader = loader;
            this.guidance = guidance;
            this.samples = windowSamples(state);
            this.frames = samples / state.mimi.config().frameSize();
        }

        List<TrainingBatch> next() throws IOException, InterruptedException {
            List<TrainingBatch> batches = new ArrayList<>();
            for (int i = 0; i < config.data().accumulation(); i++) {
                BatchLoader.Batch batch = loader.next();
                int items = config.data().batchSize();
                Tensor input = Tensor.of(batch.distorted(), items, 1, samples);
                boolean same = config.data().augmentedTarget() || batch.distorted() == batch.samples();
                Tensor original = same ? input : Tensor.of(batch.samples(), items, 1, samples);
                batches.add(new TrainingBatch(
                        original,
                        input,
                        batch.lengths(),
                        guidance == null ? null : guidance.target(batch.cuts(), frames)));
            }
            return batches;
        }
    }

    private void validate(MimiTrainState state, Validation validation, TrainLog log) throws IOException {
        if (validation.samples().isEmpty()) {
            return; // a single file is all there is to train on
        }
        Validation.Outcome outcome = state.withAverages(() -> validation.run(state.mimi));
        state.counters = state.counters.scored(outcome.score());
        log.validation(state.counters.step(), outcome, validation.sampleRate());
    }

    private BatchLoader loader(MimiTrainState state) {
        MimiTrainConfig.Data options = config.data();
        return new BatchLoader(
                data.training().clips(),
                new BatchLoader.Options(
                        state.mimi.config().sampleRate(),
                        windowSamples(state),
                        options.batchSize(),
                        config.seed(),
                        options.augmentation(),
                        options.minLevelDb(),
                        options.workers(),
                        options.readAhead(),
                        Runtime.getRuntime().maxMemory() / 4),
                state.counters.batch());
    }

    /** Window length, rounded to whole codec frames. */
    private int windowSamples(MimiTrainState state) {
        int frame = state.mimi.config().frameSize();
        return Math.max(1, (int) Math.round(
                        config.data().windowSeconds() * state.mimi.config().sampleRate() / frame))
                * frame;
    }

    private double secondsPerStep() {
        return config.data().windowSeconds()
                * config.data().batchSize()
                * config.data().accumulation();
    }

    private Schedule schedule() {
        MimiTrainConfig.Schedule schedule = config.schedule();
        return switch (schedule.kind()) {
            case CONSTANT -> new Schedule.Constant(schedule.warmup());
            case COSINE -> new Schedule.CosineWithWarmup(schedule.warmup(), config.steps(), schedule.finalFactor());
        };
    }
}
