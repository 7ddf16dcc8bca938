package org.openmoshi.tensor.device;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The text of a kernel file with its includes in their places: compilers then need no include path, and its hash covers
 * all that it depends on. A header is included once, from beside the kernel files or from those that all dialects share.
 */
public final class KernelSource {
    private static final Pattern INCLUDE = Pattern.compile("^\\s*#include\\s+\"([^\"]+)\"\\s*$");

    /** Opens a file by its name; null when there is none. */
    @FunctionalInterface
    public interface Files {
        /** The file, or null. */
        @Nullable InputStream open(String fileName);
    }

    private final Files files;
    private final StringBuilder text = new StringBuilder();
    private final Set<String> included = new HashSet<>();

    private KernelSource(Files files) {
        this.files = files;
    }

    /**
     * The text of a file.
     *
     * @param defines macros to define, such as {@code TYPE_F32}
     * @throws IllegalArgumentException when a file is missing
     */
    public static String read(Files files, String fileName, String... defines) {
        KernelSource source = new KernelSource(files);
        for (String define : defines) {
            source.text.append("#define ").append(define).append(" 1\n");
        }
        source.append(fileName, fileName);
        return source.text.toString();
    }

    /**
     * A number that a header defines for the kernels and the host alike.
     *
     * @throws IllegalArgumentException when the header does not define it
     */
    static int constant(String header, String name) {
        Matcher define = Pattern.compile("(?m)^#define " + name + " (\\d+)\\b")
                .matcher(String.join("\n", new KernelSource(file -> null).lines(header, "the host")));
        if (!define.find()) {
            throw new IllegalArgumentException(header + " defines no number " + name);
        }
        return Integer.parseInt(define.group(1));
    }

    private void append(String fileName, String from) {
        text.append("#line 1 \"").append(fileName).append("\"\n");
        int number = 0;
        for (String line : lines(fileName, from)) {
            number++;
            Matcher include = INCLUDE.matcher(line);
            if (!include.matches()) {
                text.append(line).append('\n');
                continue;
            }
            if (included.add(include.group(1))) {
                append(include.group(1), fileName);
            }
            text.append("#line ")
                    .append(number + 1)
                    .append(" \"")
                    .append(fileName)
                    .append("\"\n");
        }
    }

    private String[] lines(String fileName, String from) {
        try (InputStream own = files.open(fileName);
                InputStream shared = KernelSource.class.getResourceAsStream(fileName)) {
            InputStream stream = own != null ? own : shared;
            if (stream == null) {
                throw new IllegalArgumentException("no kernel file " + fileName + " (for " + from + ")");
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8).split("\n", -1);
        } catch (IOException e) {
            throw new UncheckedIOException("kernel file " + fileName + " cannot be read", e);
        }
    }
}
