package org.openmoshi.train.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A log of one JSON object a line, each with its {@code step}, in rising order. A line is handed to the system in one
 * write, so a killed process loses at most the line it was writing; that torn line is removed when the file is opened
 * again.
 */
public final class JsonlLog implements Closeable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final FileChannel channel;

    private JsonlLog(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Opens the log for appending; makes it and its directory if they are missing.
     *
     * @throws IOException if it cannot be opened, or holds a broken line before its last one
     */
    public static JsonlLog open(Path file) throws IOException {
        return openAfter(file, Long.MAX_VALUE);
    }

    /**
     * Opens the log of a run that goes on after {@code step}, without the entries of later steps.
     *
     * @param step the last step that the checkpoint holds
     * @throws IOException if it cannot be opened, or holds a broken line before its last one
     */
    public static JsonlLog resume(Path file, long step) throws IOException {
        return openAfter(file, step);
    }

    private static JsonlLog openAfter(Path file, long step) throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        if (directory != null) {
            Files.createDirectories(directory);
        }
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            long end = scan(file, entry -> entry.get("step").asLong() <= step);
            channel.truncate(end);
            channel.position(end);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        return new JsonlLog(channel);
    }

    /**
     * Returns the entries of a log; a torn last line is left out.
     *
     * @throws IOException if it cannot be read, or holds a broken line before its last one
     */
    public static List<JsonNode> read(Path file) throws IOException {
        List<JsonNode> entries = new ArrayList<>();
        scan(file, entries::add);
        return entries;
    }

    /** Hands over entries until one is refused; returns the offset after the last accepted one. */
    private static long scan(Path file, Predicate<JsonNode> accept) throws IOException {
        long end = 0;
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            int number = 0;
            for (int b = in.read(); b >= 0; b = in.read()) {
                if (b != '\n') {
                    line.write(b);
                    continue;
                }
                number++;
                Optional<JsonNode> entry = parse(line.toByteArray());
                if (entry.isEmpty()) {
                    if (in.read() < 0) {
                        return end;
                    }
                    throw new IOException(file + ", line " + number + ": not a JSON object with a \"step\"; remove the"
                            + " line or move the file away");
                }
                if (!accept.test(entry.get())) {
                    return end;
                }
                end += line.size() + 1;
                line.reset();
            }
        }
        return end;
    }

    private static Optional<JsonNode> parse(byte[] line) throws IOException {
        try {
            JsonNode entry = JSON.readTree(line);
            return Optional.of(entry).filter(e -> e.isObject() && e.path("step").isIntegralNumber());
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }

    /**
     * Appends {@code {"step": step, ...values}}.
     *
     * @param values numbers, strings, booleans, lists or maps by name, in the order of the map; a number that is not
     *     finite becomes null, for which JSON has no other word
     * @throws IOException if it cannot be written
     */
    public void write(long step, Map<String, ?> values) throws IOException {
        ObjectNode entry = JSON.createObjectNode().put("step", step);
        values.forEach((name, value) -> {
            if (value instanceof Number number && !Double.isFinite(number.doubleValue())) {
                entry.putNull(name);
            } else {
                entry.set(name, JSON.valueToTree(value));
            }
        });
        ByteBuffer line = ByteBuffer.wrap((JSON.writeValueAsString(entry) + "\n").getBytes(StandardCharsets.UTF_8));
        while (line.hasRemaining()) {
            channel.write(line);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
