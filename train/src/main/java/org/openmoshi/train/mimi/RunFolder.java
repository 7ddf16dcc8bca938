package org.openmoshi.train.mimi;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.openmoshi.models.checkpoint.AtomicFile;
import org.openmoshi.models.checkpoint.CheckpointException;
import org.openmoshi.models.config.ConfigException;
import org.openmoshi.models.config.ConfigReader;
import org.openmoshi.train.run.CheckpointFolder;

/**
 * The folder of one run: {@code config.yaml} (everything resolved), {@code checkpoints/}, {@code log.jsonl},
 * {@code tensorboard/}. A lock keeps a second process out.
 */
public final class RunFolder implements AutoCloseable {
    /** The run's configuration, with every key. */
    public static final String CONFIG = "config.yaml";

    /** The codec in each checkpoint's folder, the only one of its files that is of use without the trainer. */
    public static final String CODEC = "mimi.safetensors";

    private static final String CHECKPOINTS = "checkpoints";

    private final Path path;
    private final MimiTrainConfig config;
    private final CheckpointFolder checkpoints;
    private final FileChannel lockChannel;
    private final FileLock lock;

    private RunFolder(Path path, MimiTrainConfig config) throws IOException {
        this.path = path;
        this.config = config;
        this.lockChannel = FileChannel.open(path.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock taken = lockChannel.tryLock();
        if (taken == null) {
            lockChannel.close();
            throw new IOException("another process is training in " + path);
        }
        this.lock = taken;
        this.checkpoints = new CheckpointFolder(path.resolve(CHECKPOINTS));
    }

    /**
     * Starts a run in a new or empty folder.
     *
     * @throws IOException when there is something in it already
     * @throws ConfigException when there is no such model
     */
    public static RunFolder create(Path path, MimiTrainConfig config) throws IOException {
        config.mimi(); // a model that does not exist is refused before anything is written
        if (Files.exists(path)) {
            if (!Files.isDirectory(path)) {
                throw new IOException(path + " is a file: name a folder with --out");
            }
            try (Stream<Path> entries = Files.list(path)) {
                if (entries.findAny().isPresent()) {
                    throw new IOException(path + " is not empty: continue the run in it with --resume, or name another"
                            + " folder with --out");
                }
            }
        }
        Files.createDirectories(path);
        byte[] yaml = ConfigReader.toYaml(config).getBytes(StandardCharsets.UTF_8);
        AtomicFile.write(path.resolve(CONFIG), yaml);
        return new RunFolder(path, config);
    }

    /**
     * Continues the run of a folder with its own configuration. Overrides may change {@code steps} and
     * {@code logging.*} only: anything else would not continue that run.
     */
    public static RunFolder resume(Path path, List<String> overrides) throws IOException {
        Path file = path.resolve(CONFIG);
        if (!Files.isRegularFile(file)) {
            throw new IOException("no run to resume in " + path + ": it has no " + CONFIG);
        }
        for (String override : overrides) {
            if (!override.startsWith("steps=") && !override.startsWith("logging.")) {
                throw new ConfigException("'" + override + "' cannot change in a run that is resumed, only steps and"
                        + " logging.* can; start a new run for it");
            }
        }
        return new RunFolder(path, MimiTrainConfig.load(file.toString(), overrides));
    }

    /** The folder. */
    public Path path() {
        return path;
    }

    /** The run's configuration. */
    public MimiTrainConfig config() {
        return config;
    }

    /** Restores the newest checkpoint, if there is one. */
    void restoreNewest(MimiTrainState state) throws IOException {
        Optional<Path> newest = checkpoints.newest();
        if (newest.isPresent()) {
            try {
                state.restore(newest.get());
            } catch (CheckpointException | IllegalArgumentException e) {
                throw new CheckpointException(
                        newest.get() + " cannot be restored: " + e.getMessage()
                                + "\nDelete that folder to continue from the checkpoint before it",
                        e);
            }
        }
    }

    /** Saves a checkpoint, and removes those that need not stay. */
    void save(MimiTrainState state) throws IOException {
        MimiTrainState.Counters counters = state.counters;
        checkpoints.save(counters.step(), state::save);
        checkpoints.prune(config.logging().keep(), counters.bestStep());
    }

    /** The codec with the best validation score among the checkpoints, or the newest one. */
    public Path bestCodec() throws IOException {
        return bestCodec(path);
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
        Path root = run.resolve(CHECKPOINTS);
        List<Path> all = Files.isDirectory(root) ? CheckpointFolder.list(root) : List.of();
        if (all.isEmpty()) {
            throw new IOException("no checkpoint in " + run + " yet");
        }
        long best = MimiTrainState.readCounters(all.getLast()).bestStep();
        Path chosen = all.stream()
                .filter(checkpoint -> CheckpointFolder.step(checkpoint) == best)
                .findFirst()
                .orElse(all.getLast());
        return chosen.resolve(CODEC);
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
        return checkpoints.newest().orElseThrow(() -> new IOException("no checkpoint in " + path + " yet"));
    }

    TrainLog openLog(long step) throws IOException {
        // a run that has no checkpoint yet starts anew, and so does its log
        return TrainLog.open(
                path, step == 0 ? -1 : step, config.steps(), config.logging().logEvery());
    }

    @Override
    public void close() throws IOException {
        lock.release();
        lockChannel.close();
    }
}
