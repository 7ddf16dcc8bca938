package org.openmoshi.models.golden;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds the folders of golden cases, at any of a few levels, and which kind each is. */
public final class GoldenFolders {
    private static final int DEPTH = 4;

    private GoldenFolders() {}

    /**
     * The folders at or below {@code directory} that hold a case (JSON or safetensors files), in the order of their
     * names.
     */
    public static List<Path> in(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory, DEPTH, FileVisitOption.FOLLOW_LINKS)) {
            return all.filter(Files::isDirectory)
                    .filter(GoldenFolders::holdsCase)
                    .sorted()
                    .toList();
        }
    }

    private static boolean holdsCase(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .anyMatch(name -> name.endsWith(".json") || name.endsWith(".safetensors"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The case that knows a folder: its kind is the folder's name, or the name's beginning when a digit or a separator
     * follows ({@code mimi_codec_seed3} is a {@code mimi_codec}); the longest kind wins.
     */
    public static Optional<GoldenCase> caseOf(Path folder, List<GoldenCase> known) {
        String name = folder.toAbsolutePath().normalize().getFileName().toString();
        return known.stream()
                .filter(golden -> name.equals(golden.kind())
                        || (name.startsWith(golden.kind())
                                && !Character.isLetter(name.charAt(golden.kind().length()))))
                .max(Comparator.comparingInt(golden -> golden.kind().length()));
    }
}
