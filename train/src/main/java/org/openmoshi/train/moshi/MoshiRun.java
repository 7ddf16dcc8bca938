package org.openmoshi.train.moshi;

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
 * The folder of a run of the language model: {@code config.yaml}, {@code checkpoints/}, {@code log.jsonl}, {@code
 * tensorboard/}. A lock keeps a second process out.
 */
public final class MoshiRun implements AutoCloseable {
    private static final String CONFIG = "config.yaml";
    private static final String CHECKPOINTS = "checkpoints";

    private final Path path;
    private final MoshiTrainConfig config;
    private final CheckpointFolder checkpoints;
    private final FileChannel lockChannel;
    private final FileLock lock;

    private MoshiRun(Path path, MoshiTrainConfig config) throws IOException {
        this.path = path;
        this.config = config;
        lockChannel = FileChannel.open(path.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock taken = lockChannel.tryLock();
        if (taken == null) {
            lockChannel.close();
            throw new IOException("another process is training in " + path);
        }
        lock = taken;
        checkpoints = new CheckpointFolder(path.resolve(CHECKPOINTS));
    }

    /** Starts a run in a new or empty folder. */
    public static MoshiRun create(Path path, MoshiTrainConfig config) throws IOException {
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
        return new MoshiRun(path, config);
    }

    /** Continues the run of a folder; overrides may change {@code steps} and {@code logging.*} only. */
    public static MoshiRun resume(Path path, List<String> overrides) throws IOException {
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
        return new MoshiRun(path, MoshiTrainConfig.load(file.toString(), overrides));
    }

    /** The folder. */
    public Path path() {
        return path;
    }

    /** The run's configuration. */
    public MoshiTrainConfig config() {
        return config;
    }

    void restoreNewest(MoshiTrainState state) throws IOException {
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

    void save(MoshiTrainState state) throws IOException {
        checkpoints.save(state.counters.step(), state::save);
        checkpoints.prune(config.logging().keep(), state.counters.bestStep());
    }

    /** The checkpoint folder with the lowest validation loss, or the newest one. */
    public Path bestCheckpoint() throws IOException {
        return bestCheckpoint(path);
    }

    /**
     * The same of a run that is not opened.
     *
     * @throws IOException when the folder holds no run, or the run has no checkpoint yet
     */
    public static Path bestCheckpoint(Path run) throws IOException {
        Path root = run.resolve(CHECKPOINTS);
        List<Path> all = Files.isDirectory(root) ? CheckpointFolder.list(root) : List.of();
        if (all.isEmpty()) {
            throw new IOException("no checkpoint in " + run + " yet");
        }
        long best = MoshiTrainState.counters(all.getLast()).bestStep();
        return all.stream()
                .filter(checkpoint -> CheckpointFolder.step(checkpoint) == best)
                .findFirst()
                .orElse(all.getLast());
    }

    @Override
    public void close() throws IOException {
        lock.release();
        lockChannel.close();
    }
}
