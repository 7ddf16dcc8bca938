package org.openmoshi.train.mimi;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.openmoshi.models.config.ConfigException;
import org.openmoshi.train.run.RunDirectory;

/**
 * The folder of one run: {@code config.yaml} (everything resolved), {@code checkpoints/}, {@code log.jsonl},
 * {@code tensorboard/}. A lock keeps a second process out.
 */
public final class RunFolder implements AutoCloseable {
    /** The run's configuration, with every key. */
    public static final String CONFIG = RunDirectory.CONFIG;

    /** The codec in each checkpoint's folder, the only one of its files that is of use without the trainer. */
    public static final String CODEC = "mimi.safetensors";

    private final RunDirectory directory;
    private final MimiTrainConfig config;

    private RunFolder(RunDirectory directory, MimiTrainConfig config) {
        this.directory = directory;
        this.config = config;
    }

    /**
     * Starts a run in a new or empty folder.
     *
     * @throws IOException when there is something in it already
     * @throws ConfigException when there is no such model
     */
    public static RunFolder create(Path path, MimiTrainConfig config) throws IOException {
        config.mimi(); // a model that does not exist is refused before anything is written
        return new RunFolder(RunDirectory.create(path, config), config);
    }

    /**
     * Continues the run of a folder with its own configuration. Overrides may change {@code steps} and
     * {@code logging.*} only: anything else would not continue that run.
     */
    public static RunFolder resume(Path path, List<String> overrides) throws IOException {
        String file = RunDirectory.resumedConfig(path, overrides).toString();
        MimiTrainConfig config = MimiTrainConfig.load(file, overrides);
        return new RunFolder(RunDirectory.open(path), config);
    }

    /** The folder. */
    public Path path() {
        return directory.path();
    }

    /** The run's configuration. */
    public MimiTrainConfig config() {
        return config;
    }

    /** Restores the newest checkpoint, if there is one. */
    void restoreNewest(MimiTrainState state) throws IOException {
        directory.restoreNewest(state::restore);
    }

    /** Saves a checkpoint, and removes those that need not stay. */
    void save(MimiTrainState state) throws IOException {
        MimiTrainState.Counters counters = state.counters;
        directory.save(counters.step(), state::save, config.logging().keep(), counters.bestStep());
    }

    /** The codec with the best validation score among the checkpoints, or the newest one. */
    public Path bestCodec() throws IOException {
        return bestCodec(path());
    }

    /**
     * The codec of a run that is not opened, also while it is being trained.
     *
     * @throws IOException when the folder holds no run, or the run has no checkpoint yet
     */
    public static Path bestCodec(Path run) throws IOException {
        if (!Files.isRegularFile(run.resolve(CONFIG))) {
            throw new IOException(run + " is no folder of a training run: it has no " + CONFIG);
        }
        return RunDirectory.bestCheckpoint(
                        run, newest -> MimiTrainState.readCounters(newest).bestStep())
                .resolve(CODEC);
    }

    /** Whether a folder is one of a run's checkpoints. */
    public static boolean isCheckpoint(Path folder) {
        return Files.isRegularFile(folder.resolve(CODEC)) && Files.isRegularFile(folder.resolve(MimiTrainState.FILE));
    }

    /**
     * The newest checkpoint's folder.
     *
     * @throws IOException when there is no checkpoint yet
     */
    public Path newestCheckpoint() throws IOException {
        return directory.newestCheckpoint();
    }

    TrainLog openLog(long step) throws IOException {
        // a run that has no checkpoint yet starts anew, and so does its log
        return TrainLog.open(
                path(), step == 0 ? -1 : step, config.steps(), config.logging().logEvery());
    }

    @Override
    public void close() throws IOException {
        directory.close();
    }
}
