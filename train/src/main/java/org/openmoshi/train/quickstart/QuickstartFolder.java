package org.openmoshi.train.quickstart;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openmoshi.models.config.ConfigReader;
import org.openmoshi.train.mimi.MimiTrainConfig;
import org.openmoshi.train.mimi.RunFolder;

/**
 * Which folder a quickstart writes to. A new one, or that of a quickstart with the same settings and data that was
 * interrupted, which then goes on. One that is finished, or of other settings, is never touched: without a name asked
 * for, the next number is taken.
 */
final class QuickstartFolder {
    /** Written last: a run that has it is finished. */
    static final String REPORT = "report.html";

    /** Says which speech the run is on, so that it only goes on with the same. */
    private static final String SOURCE = "speech.txt";

    private QuickstartFolder() {}

    /** What a folder holds, seen from a quickstart with certain settings. */
    private enum Content {
        NOTHING,
        SAME_UNFINISHED,
        FINISHED,
        SOMETHING_ELSE
    }

    /**
     * Opens the folder for a run.
     *
     * @param wanted the folder, or with {@code mayNumber} also wanted-2, wanted-3 and so on
     * @param data the user's speech; null for synthetic speech
     * @throws IOException if the folder cannot be used
     */
    static RunFolder open(
            Path wanted, boolean mayNumber, MimiTrainConfig config, @Nullable Path data, PrintWriter screen)
            throws IOException {
        String source =
                data == null ? "synthetic" : data.toAbsolutePath().normalize().toString();
        Path path = wanted;
        Content content = look(path, config, source);
        for (int number = 2; mayNumber && !isUsable(content); number++) {
            path = wanted.resolveSibling(wanted.getFileName() + "-" + number);
            content = look(path, config, source);
        }
        return switch (content) {
            case NOTHING -> {
                RunFolder run = RunFolder.create(path, config);
                Files.writeString(path.resolve(SOURCE), source);
                screen.println("This quickstart writes to " + path);
                screen.flush();
                yield run;
            }
            case SAME_UNFINISHED -> {
                screen.println("Going on with the unfinished quickstart in " + path);
                screen.flush();
                yield RunFolder.resume(path, List.of());
            }
            case FINISHED ->
                throw new IOException(path + " holds a finished quickstart (" + path.resolve(REPORT)
                        + "): name another folder with --out");
            case SOMETHING_ELSE ->
                throw new IOException(path + " holds something else, or a quickstart with other settings or data: name"
                        + " another folder with --out");
        };
    }

    private static boolean isUsable(Content content) {
        return content == Content.NOTHING || content == Content.SAME_UNFINISHED;
    }

    private static Content look(Path path, MimiTrainConfig config, String source) throws IOException {
        if (!Files.exists(path)) {
            return Content.NOTHING;
        }
        if (Files.isDirectory(path)) {
            try (Stream<Path> entries = Files.list(path)) {
                if (entries.findAny().isEmpty()) {
                    return Content.NOTHING;
                }
            }
        }
        if (Files.exists(path.resolve(REPORT))) {
            return Content.FINISHED;
        }
        return holds(path.resolve(SOURCE), source) && holds(path.resolve(RunFolder.CONFIG), ConfigReader.toYaml(config))
                ? Content.SAME_UNFINISHED
                : Content.SOMETHING_ELSE;
    }

    private static boolean holds(Path file, String text) throws IOException {
        return Files.isRegularFile(file) && Files.readString(file).equals(text);
    }
}
