package org.openmoshi.train.run;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The checkpoints of a run, a folder each: {@code step-00000200}. A checkpoint is written beside its place under a
 * temporary name and renamed when it is complete and on the disk, so whatever interrupts the program, every folder that
 * bears a step is whole.
 */
public final class CheckpointFolder {
    private static final Pattern NAME = Pattern.compile("step-(\\d{8,})");
    private static final String TEMPORARY = ".unfinished-";

    private final Path root;

    /** Writes the files of a checkpoint into an empty folder. */
    public interface Content {
        void writeTo(Path folder) throws IOException;
    }

    /** Opens the folder, creates it if need be, and removes what an interrupted save left. */
    public CheckpointFolder(Path root) throws IOException {
        this.root = root;
        Files.createDirectories(root);
        try (Stream<Path> all = Files.list(root)) {
            for (Path path : all.toList()) {
                if (path.getFileName().toString().startsWith(TEMPORARY)) {
                    delete(path);
                }
            }
        }
    }

    /** Saves the checkpoint of a step; an error leaves the older ones as they were. */
    public Path save(long step, Content content) throws IOException {
        String name = String.format(Locale.ROOT, "step-%08d", step);
        Path temporary = root.resolve(TEMPORARY + name);
        Path target = root.resolve(name);
        delete(temporary);
        try {
            Files.createDirectory(temporary);
            content.writeTo(temporary);
            force(temporary);
            delete(target); // an earlier save of the same step
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
            force(root);
        } catch (IOException | RuntimeException e) {
            try {
                delete(temporary);
            } catch (IOException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
        return target;
    }

    /** All checkpoints, oldest first. */
    public List<Path> list() throws IOException {
        return list(root);
    }

    /** All checkpoints in a folder that may be another process's, oldest first. */
    public static List<Path> list(Path root) throws IOException {
        List<Path> found = new ArrayList<>();
        try (Stream<Path> all = Files.list(root)) {
            all.filter(path -> NAME.matcher(path.getFileName().toString()).matches())
                    .forEach(found::add);
        }
        found.sort(Comparator.comparingLong(CheckpointFolder::step));
        return found;
    }

    /** The checkpoint of the largest step. */
    public Optional<Path> newest() throws IOException {
        List<Path> all = list();
        return all.isEmpty() ? Optional.empty() : Optional.of(all.getLast());
    }

    /** Removes all but the newest {@code keep} and the one of step {@code best}. */
    public void prune(int keep, long best) throws IOException {
        List<Path> all = list();
        for (Path path : all.subList(0, Math.max(0, all.size() - keep))) {
            if (step(path) != best) {
                delete(path);
            }
        }
    }

    /** The step in a checkpoint's name. */
    public static long step(Path checkpoint) {
        var matcher = NAME.matcher(checkpoint.getFileName().toString());
        if (!matcher.matches()) {
            throw new IllegalArgumentException(checkpoint + " is not a checkpoint folder: its name is not step-NUMBER");
        }
        return Long.parseLong(matcher.group(1));
    }

    private static void delete(Path path) throws IOException {
        if (!Files.exists(path)) {
            return;
        }
        try (Stream<Path> all = Files.walk(path)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }

    private static void force(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
