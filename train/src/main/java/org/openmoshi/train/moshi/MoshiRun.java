package org.openmoshi.train.moshi;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.openmoshi.train.run.RunDirectory;

/**
 * The folder of a run of the language model: {@code config.yaml}, {@code checkpoints/}, {@code log.jsonl}, {@code
 * tensorboard/}. A lock keeps a second process out.
 */
public final class MoshiRun implements AutoCloseable {
    private final RunDirectory directory;
    private final MoshiTrainConfig config;

    private MoshiRun(RunDirectory directory, MoshiTrainConfig config) {
        this.directory = directory;
        this.config = config;
    }

    /** Starts a run in a new or empty folder. */
    public static MoshiRun create(Path path, MoshiTrainConfig config) throws IOException {
        return new MoshiRun(RunDirectory.create(path, config), config);
    }

    /** Continues the run of a folder; overrides may change {@code steps} and {@code logging.*} only. */
    public static MoshiRun resume(Path path, List<String> overrides) throws IOException {
        String file = RunDirectory.resumedConfig(path, overrides).toString();
        MoshiTrainConfig config = MoshiTrainConfig.load(file, overrides);
        return new MoshiRun(RunDirectory.open(path), config);
    }

    /** The folder. */
    public Path path() {
        return directory.path();
    }

    /** The run's configuration. */
    public MoshiTrainConfig config() {
        return config;
    }

    /** Where the run stands: at its newest checkpoint, or at the weights that it starts from. */
    void restore(MoshiTrainState state) throws IOException {
        if (!directory.restoreNewest(state::restore) && !config.init().isEmpty()) {
            state.load(Path.of(config.init()));
        }
    }

    void save(MoshiTrainState state) throws IOException {
        MoshiTrainState.Counters counters = state.counters;
        directory.save(counters.step(), state::save, config.logging().keep(), counters.bestStep());
    }

    /** The checkpoint folder with the lowest validation loss, or the newest one. */
    public Path bestCheckpoint() throws IOException {
        return bestCheckpoint(path());
    }

    /**
     * The same of a run that is not opened.
     *
     * @throws IOException when the folder holds no run, or the run has no checkpoint yet
     */
    public static Path bestCheckpoint(Path run) throws IOException {
        return RunDirectory.bestCheckpoint(
                run, newest -> MoshiTrainState.counters(newest).bestStep());
    }

    @Override
    public void close() throws IOException {
        directory.close();
    }
}
