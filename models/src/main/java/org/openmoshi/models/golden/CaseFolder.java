package org.openmoshi.models.golden;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.openmoshi.models.checkpoint.SafetensorsFile;

/** The files of a golden case. */
public record CaseFolder(Path path) {
    private static final JsonMapper JSON = new JsonMapper();

    /** A JSON file of the folder. */
    public JsonNode json(String name) throws IOException {
        Path file = path.resolve(name);
        try {
            return JSON.readTree(Files.readString(file));
        } catch (JsonProcessingException e) {
            throw new IOException(file + " is not valid JSON: " + e.getOriginalMessage(), e);
        }
    }

    /** A safetensors file of the folder. */
    public SafetensorsFile tensors(String name) throws IOException {
        return SafetensorsFile.open(path.resolve(name));
    }
}
