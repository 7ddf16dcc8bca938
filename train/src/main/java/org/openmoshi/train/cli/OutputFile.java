package org.openmoshi.train.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Looks at where a result shall go before the work starts. */
final class OutputFile {
    private OutputFile() {}

    /**
     * Requires that a file can be created or replaced, is none of the inputs, and is named as what it will hold.
     *
     * @param extension what the name must end with: {@code .wav}
     * @throws ParameterException when the name is wrong
     * @throws IOException when the folder is missing or may not be written to
     */
    static void check(CommandSpec spec, Path output, String extension, Path... inputs) throws IOException {
        check(spec, output, List.of(extension), inputs);
    }

    /** As above, where several kinds of files can be written. */
    static void check(CommandSpec spec, Path output, List<String> extensions, Path... inputs) throws IOException {
        String name = output.toString().toLowerCase(Locale.ROOT);
        if (extensions.stream().noneMatch(name::endsWith)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "the output is a " + String.join(" or ", extensions) + " file: '" + output + "' must end so");
        }
        Path folder = output.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new IOException("the folder of " + output + " does not exist: create it first");
        }
        if (Files.isDirectory(output)) {
            throw new IOException(output + " is a folder: name a file");
        }
        if (!Files.isWritable(folder)) {
            throw new IOException("no permission to write into " + folder);
        }
        for (Path input : inputs) {
            if (Files.exists(output) && Files.exists(input) && Files.isSameFile(output, input)) {
                throw new IOException(output + " is an input, too, and would be overwritten: name another output");
            }
        }
    }

    /** Requires that a folder can be created, or is there and empty. */
    static void checkFolder(Path output) throws IOException {
        if (Files.isDirectory(output)) {
            try (Stream<Path> entries = Files.list(output)) {
                if (entries.findAny().isPresent()) {
                    throw new IOException(output + " is not empty: name another folder");
                }
            }
        } else if (Files.exists(output)) {
            throw new IOException(output + " is a file: name a folder");
        }
    }
}
