package org.openmoshi.train.moshi;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A recorded conversation: a stereo file, Moshi on the left and the user on the right, and the words that were said. The
 * data set is the one of moshi-finetune: a {@code .jsonl} file whose lines are {@code {"path": ..., "duration": ...}},
 * paths relative to it, and beside each recording a {@code .json} file {@code {"alignments": [[word, [start, end],
 * speaker], ...]}}, times in seconds.
 *
 * @param name the path as the list has it
 * @param audio the recording
 * @param words what was said
 */
public record Conversation(String name, Path audio, List<Alignment> words) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** A line of a list that cannot be used, and why. */
    public record Skipped(String name, String reason) {}

    /** A list that was read: what can be used, and what cannot. */
    public record Listing(List<Conversation> conversations, List<Skipped> skipped) {}

    /**
     * Reads a list.
     *
     * @throws IOException when the list itself cannot be read
     */
    public static Listing list(Path jsonl) throws IOException {
        List<Conversation> conversations = new ArrayList<>();
        List<Skipped> skipped = new ArrayList<>();
        List<String> lines;
        try {
            lines = Files.readAllLines(jsonl);
        } catch (NoSuchFileException e) {
            throw new IOException("no list " + jsonl + ": name a .jsonl file of conversations", e);
        }
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).isBlank()) {
                continue;
            }
            String name = jsonl.getFileName() + " line " + (i + 1);
            try {
                name = text(JSON.readTree(lines.get(i)), "path");
                Path audio = jsonl.resolveSibling(name);
                if (!Files.isRegularFile(audio)) {
                    throw new IOException("the recording does not exist");
                }
                conversations.add(new Conversation(name, audio, words(audio)));
            } catch (IOException e) {
                skipped.add(new Skipped(name, String.valueOf(e.getMessage())));
            }
        }
        return new Listing(conversations, skipped);
    }

    private static String text(JsonNode node, String key) throws IOException {
        if (!node.path(key).isTextual()) {
            throw new IOException("the line has no \"" + key + "\"");
        }
        return node.get(key).asText();
    }

    private static List<Alignment> words(Path audio) throws IOException {
        String file = audio.getFileName().toString();
        Path json = audio.resolveSibling(file.substring(0, file.lastIndexOf('.') + 1) + "json");
        if (!Files.isRegularFile(json)) {
            throw new IOException("there is no " + json.getFileName() + " beside the recording with its words");
        }
        JsonNode alignments = JSON.readTree(Files.readAllBytes(json)).path("alignments");
        if (!alignments.isArray()) {
            throw new IOException(json.getFileName() + " has no \"alignments\"");
        }
        List<Alignment> words = new ArrayList<>();
        for (JsonNode word : alignments) {
            JsonNode times = word.path(1);
            if (!word.path(0).isTextual()
                    || !times.path(0).isNumber()
                    || !times.path(1).isNumber()) {
                throw new IOException(
                        json.getFileName() + ": alignment " + words.size() + " is not [word, [start, end], speaker]");
            }
            words.add(new Alignment(
                    word.get(0).asText(),
                    times.get(0).asDouble(),
                    times.get(1).asDouble(),
                    word.path(2).asText(Alignment.MAIN)));
        }
        return words;
    }

    /** Writes the words beside a recording, in the same form. */
    public static void writeWords(Path json, List<Alignment> words) throws IOException {
        List<Object> rows = new ArrayList<>();
        for (Alignment word : words) {
            rows.add(List.of(word.word(), List.of(word.start(), word.end()), word.speaker()));
        }
        Files.write(json, JSON.writeValueAsBytes(Map.of("alignments", rows)));
    }
}
