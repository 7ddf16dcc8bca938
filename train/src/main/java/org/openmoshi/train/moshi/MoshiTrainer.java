package org.openmoshi.train.moshi;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.openmoshi.autograd.optim.Schedule;
import org.openmoshi.models.config.ConfigException;
import org.openmoshi.models.moshi.MoshiConfig;
import org.openmoshi.models.moshi.MoshiLoss;
import org.openmoshi.tensor.Scope;
import org.openmoshi.train.report.JsonlLog;
import org.openmoshi.train.report.ProgressLine;
import org.openmoshi.train.report.TensorBoardWriter;
import org.openmoshi.train.run.TrainingException;

/** The training loop of the language model: tokens in, steps, validation, checkpoints. */
public final class MoshiTrainer {
    private static final int BAD_STEPS = 3;
    private static final int SHARES = 1 << 16;

    private final MoshiRun run;
    private final MoshiTrainConfig config;
    private final MoshiConfig shape;
    private final TokenShards shards;
    private final List<TokenShards.Sample> training = new ArrayList<>();
    private final List<TokenShards.Sample> validation = new ArrayList<>();
    private volatile boolean interrupted;

    /**
     * Trains into a run folder.
     *
     * @throws ConfigException when the tokens do not fit the model
     */
    public MoshiTrainer(MoshiRun run, TokenShards shards) {
        this.run = run;
        this.config = run.config();
        this.shards = shards;
        TokenShards.Identity tokens = shards.identity();
        MoshiConfig named = MoshiConfig.named(config.model());
        // a fresh model takes the vocabularies of what it is to learn; a trained one has its own
        this.shape = config.init().isEmpty()
                ? named.withVocabularies(tokens.textVocabulary(), tokens.codebookSize())
                : named;
        check(tokens, shape);
        for (TokenShards.Sample sample : shards.samples()) {
            // by name alone, so that more data does not move a conversation from one side to the other
            int place = Math.floorMod(sample.name().hashCode() * 0x9E3779B1, SHARES);
            (place < config.data().validationShare() * SHARES ? validation : training).add(sample);
        }
        if (training.isEmpty()) {
            throw new ConfigException("no conversation is left to train on: all " + validation.size()
                    + " fell to validation; lower data.validation_share");
        }
    }

    private static void check(TokenShards.Identity tokens, MoshiConfig model) {
        require("audio and text streams", tokens.streams(), model.streams());
        require("codes per codebook", tokens.codebookSize(), model.card());
        require("text tokens", tokens.textVocabulary(), model.textCard());
    }

    private static void require(String what, int tokens, int model) {
        if (tokens != model) {
            throw new ConfigException("the tokens have " + tokens + " " + what + ", the model " + model
                    + ": choose the model's configuration to fit, or make the tokens again");
        }
    }

    /** Conversations trained on. */
    public int trainingSamples() {
        return training.size();
    }

    /** Conversations held out. */
    public int validationSamples() {
        return validation.size();
    }

    /** Makes {@link #train} save a checkpoint and return after the step it is at. */
    public void interrupt() {
        interrupted = true;
    }

    /**
     * Trains until the last step, from the newest checkpoint of the run if it has one.
     *
     * @return false when it was interrupted before the end
     * @throws TrainingException when three steps in a row were not finite
     */
    public boolean train() throws IOException {
        try (MoshiTrainState state = new MoshiTrainState(config, shape)) {
            run.restore(state);
            long start = state.counters.step();
            try (JsonlLog log = JsonlLog.resume(run.path().resolve("log.jsonl"), start == 0 ? -1 : start);
                    TensorBoardWriter board =
                            TensorBoardWriter.resume(run.path().resolve("tensorboard"), start == 0 ? -1 : start);
                    ProgressLine progress = ProgressLine.of(System.err, config.steps())) {
                progress.start(start);
                return loop(state, log, board, progress);
            }
        }
    }

    private boolean loop(MoshiTrainState state, JsonlLog log, TensorBoardWriter board, ProgressLine progress)
            throws IOException {
        MoshiTrainConfig.Data data = config.data();
        TokenBatches batches = new TokenBatches(shards, training, data.windowFrames(), data.batchSize(), config.seed());
        MoshiStep step = new MoshiStep(config, state, schedule());
        double secondsPerStep = data.windowFrames()
                * (double) data.batchSize()
                * data.accumulation()
                / shards.identity().frameRate();
        int bad = 0;
        if (state.counters.step() == 0) {
            validate(state, log, board, progress);
        }
        while (state.counters.step() < config.steps()) {
            List<long[]> tokens = new ArrayList<>();
            for (int i = 0; i < data.accumulation(); i++) {
                tokens.add(batches.batch(state.counters.batch() + i));
            }
            MoshiStep.Result result = step.run(tokens);
            state.counters = state.counters.next(data.accumulation(), result.finite());
            long done = state.counters.step();
            progress.update(done, secondsPerStep, shown(result.values()));
            if (!result.finite()) {
                progress.message("step " + done + " was skipped: a loss or gradient was not finite");
            }
            if (done % config.logging().logEvery() == 0 || !result.finite()) {
                write(log, board, "train/", done, result.values());
            }
            bad = result.finite() ? 0 : bad + 1;
            if (bad == BAD_STEPS) {
                throw TrainingException.notFinite(
                        done, result.values(), "optimizer.temporal_learning_rate", run.path());
            }
            boolean last = done == config.steps();
            boolean best = false;
            if (last || done % config.logging().validateEvery() == 0) {
                validate(state, log, board, progress);
                best = state.counters.bestStep() == done;
            }
            if (last || best || interrupted || done % config.logging().checkpointEvery() == 0) {
                board.flush();
                run.save(state);
            }
            if (interrupted && !last) {
                return false;
            }
        }
        return true;
    }

    /** Loss and perplexities of fixed windows of the conversations that are held out. */
    private void validate(MoshiTrainState state, JsonlLog log, TensorBoardWriter board, ProgressLine progress)
            throws IOException {
        if (validation.isEmpty()) {
            return;
        }
        MoshiTrainConfig.Data data = config.data();
        TokenBatches batches = new TokenBatches(shards, validation, data.windowFrames(), data.batchSize(), 0);
        int count = config.logging().validationBatches();
        Map<String, Double> values = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            try (Scope _ = Scope.open()) {
                MoshiLoss loss = MoshiLoss.of(
                        state.model,
                        MoshiStep.codes(batches.batch(i), config, shape),
                        MoshiStep.weights(config),
                        null,
                        false);
                MoshiStep.add(values, loss, count);
            }
        }
        Map<String, Double> perplexities = new LinkedHashMap<>();
        values.forEach((name, value) -> {
            if (name.startsWith("stream_")) {
                perplexities.put(name.replace("stream_", "perplexity_"), Math.exp(value));
            }
        });
        values.putAll(perplexities);
        state.counters = state.counters.scored(values.getOrDefault("loss", Double.NaN));
        write(log, board, "validation/", state.counters.step(), values);
        progress.message("step %d: validation loss %.3f (text %.3f, audio %.3f)"
                .formatted(state.counters.step(), values.get("loss"), values.get("text"), values.get("audio")));
    }

    private static Map<String, Double> shown(Map<String, Double> values) {
        Map<String, Double> shown = new LinkedHashMap<>();
        for (String name : List.of("loss", "text", "audio")) {
            shown.put(name, values.get(name));
        }
        return shown;
    }

    private static void write(
            JsonlLog log, TensorBoardWriter board, String group, long step, Map<String, Double> values)
            throws IOException {
        Map<String, Double> named = new LinkedHashMap<>();
        values.forEach((name, value) -> named.put(group + name, value));
        log.write(step, named);
        board.scalars(step, named);
    }

    private Schedule schedule() {
        MoshiTrainConfig.Schedule schedule = config.schedule();
        return switch (schedule.kind()) {
            case CONSTANT -> new Schedule.Constant(schedule.warmup());
            case COSINE -> new Schedule.CosineWithWarmup(schedule.warmup(), config.steps(), schedule.finalFactor());
            case ONE_CYCLE -> Schedule.OneCycle.of(config.steps());
        };
    }
}
