package org.openmoshi.train.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A file that a folder or manifest names.
 *
 * @param name see {@link Clip#name}
 * @param duration seconds, NaN if not known yet
 */
record ManifestEntry(String name, Path path, double duration) {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** @throws DatasetException naming the line, if the manifest is malformed; or if it names no file */
    static List<ManifestEntry> readAll(Path manifest) throws IOException {
        List<String> lines;
        try {
            lines = Files.readAllLines(manifest);
        } catch (CharacterCodingException e) {
            throw new DatasetException(
                    manifest + " is not text: name a folder, or a manifest that lists audio files", e);
        }
        Path root = manifest.toAbsolutePath().resolveSibling(""); // its folder
        List<ManifestEntry> entries = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (!line.isEmpty()) {
                entries.add(parse(root, line, manifest + " line " + (i + 1)));
            }
        }
        if (entries.isEmpty()) {
            throw new DatasetException("manifest " + manifest + " names no files: add one path a line");
        }
        return entries;
    }

    private static ManifestEntry parse(Path root, String line, String where) throws DatasetException {
        String path = line;
        double duration = Double.NaN;
        if (line.startsWith("{")) {
            JsonNode node;
            try {
                node = JSON.readTree(line);
            } catch (JsonProcessingException e) {
                throw new DatasetException(where + ": not valid JSON: " + e.getOriginalMessage(), e);
            }
            if (!node.path("path").isTextual()) {
                throw new DatasetException(where + ": needs \"path\": \"FILE\", got " + line);
            }
            path = node.get("path").asText();
            JsonNode seconds = node.path("duration");
            if (!seconds.isMissingNode()) {
                duration = seconds.asDouble(-1);
                if (!seconds.isNumber() || !(duration > 0) || Double.isInfinite(duration)) {
                    throw new DatasetException(
                            where + ": \"duration\" must be a positive number of seconds, got " + seconds);
                }
            }
        }
        try {
            Path file = root.resolve(path).normalize();
            return new ManifestEntry(AudioDataset.relativeName(root, file), file, duration);
        } catch (InvalidPathException e) {
            throw new DatasetException(where + ": not a path: " + path, e);
        }
    }
}
