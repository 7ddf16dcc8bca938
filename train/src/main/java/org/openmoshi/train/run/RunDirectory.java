package org.openmoshi.train.run;

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

/** What the folders of all training runs have: {@code config.yaml}, {@code checkpoints/}, and a lock for one process. */
public final class RunDirectory implements AutoCloseable {
    /** The run's configuration, with every key. */
    public static final String CONFIG = "config.yaml";

    private static final String CHECKPOINTS = "checkpoints";

    private final Path path;
    private final CheckpointFolder checkpoints;
    private final FileChannel lockChannel;
    private final FileLock lock;

    /** Reads a checkpoint's folder. */
    public interface Restore {
        void from(Path checkpoint) throws IOException;
    }

    /** Tells the best step of a run from its newest checkpoint. */
    public interface BestStep {
        long of(Path newest) throws IOException;
    }

    private RunDirectory(Path path) throws IOException {
        this.path = path;
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
     */
    public static RunDirectory create(Path path, Record config) throws IOException {
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
        AtomicFile.write(path.resolve(CONFIG), ConfigReader.toYaml(config).getBytes(StandardCharsets.UTF_8));
        return new RunDirectory(path);
    }

    /** Opens the folder of a run to go on in it. */
    public static RunDirectory open(Path path) throws IOException {
        return new RunDirectory(path);
    }

    /**
     * The configuration file of a run that goes on. Overrides may change {@code steps} and {@code logging.*} only: anything
     * else would not continue that run.
     *
     * @throws IOException when there is no run in the folder
     */
    public static Path resumedConfig(Path path, List<String> overrides) throws IOException {
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
        return file;
    }

    /** The folder. */
    public Path path() {
        return path;
    }

    /** Restores the newest checkpoint, if there is one; returns whether there was. */
    public boolean restoreNewest(Restore restore) throws IOException {
        Optional<Path> newest = checkpoints.newest();
        if (newest.isPresent()) {
            try {
                restore.from(newest.get());
            } catch (CheckpointException | IllegalArgumentException e) {
                throw new CheckpointException(
                        newest.get() + " cannot be restored: " + e.getMessage()
                                + "\nDelete that folder to continue from the checkpoint before it",
                        e);
            }
        }
        return newest.isPresent();
    }

    /** Saves the checkpoint of a step, and removes all but the newest {@code keep} and the one of step {@code best}. */
    public void save(long step, CheckpointFolder.Content content, int keep, long best) throws IOException {
        checkpoints.save(step, content);
        checkpoints.prune(keep, best);
    }

    /**
     * The newest checkpoint's folder.
     *
     * @throws IOException when there is no checkpoint yet
     */
    public Path newestCheckpoint() throws IOException {
        return checkpoints.newest().orElseThrow(() -> new IOException("no checkpoint in " + path + " yet"));
    }

    /**
     * The folder of the best checkpoint, or the newest one, of a run that may be another process's.
     *
     * @throws IOException when there is no checkpoint yet
     */
    public static Path bestCheckpoint(Path run, BestStep bestStep) throws IOException {
        Path root = run.resolve(CHECKPOINTS);
        List<Path> all = Files.isDirectory(root) ? CheckpointFolder.list(root) : List.of();
        if (all.isEmpty()) {
            throw new IOException("no checkpoint in " + run + " yet");
        }
        long best = bestStep.of(all.getLast());
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
