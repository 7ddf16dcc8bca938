package org.openmoshi.train.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonlLogTest {
    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void writeThreeEntries() throws IOException {
        file = directory.resolve("run").resolve("log.jsonl");
        try (JsonlLog log = JsonlLog.open(file)) {
            for (long step = 10; step <= 30; step += 10) {
                log.write(step, Map.of("loss", step / 4.0));
            }
        }
    }

    @Test
    void oneObjectALineInTheOrderOfTheMap() throws IOException {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("loss", Double.NaN);
        values.put("note", "a \"b\"\n\u00e9");
        values.put("books", List.of(1, 2));
        try (JsonlLog log = JsonlLog.open(file)) {
            log.write(40, values);
            // Visible to others before the log is closed.
            assertThat(Files.readAllLines(file))
                    .containsExactly(
                            "{\"step\":10,\"loss\":2.5}",
                            "{\"step\":20,\"loss\":5.0}",
                            "{\"step\":30,\"loss\":7.5}",
                            "{\"step\":40,\"loss\":null,\"note\":\"a \\\"b\\\"\\n\u00e9\",\"books\":[1,2]}");
        }
    }

    @Test
    void resumeDropsLaterSteps() throws IOException {
        try (JsonlLog log = JsonlLog.resume(file, 20)) {
            log.write(21, Map.of());
        }
        assertThat(steps()).containsExactly(10L, 20L, 21L);
        JsonlLog.resume(file, 0).close();
        assertThat(file).isEmptyFile();
    }

    @Test
    void aTornLastLineIsRemoved() throws IOException {
        String whole = Files.readString(file);
        for (String torn : List.of("{\"step\":40,\"lo", "{", "{\"step\":40}", "\0\0\0\n", "[1]\n", "\n")) {
            Files.writeString(file, whole + torn);
            assertThat(steps()).containsExactly(10L, 20L, 30L);
            JsonlLog.open(file).close();
            assertThat(file).hasContent(whole);
        }
    }

    @Test
    void aBrokenLineFurtherUpIsAnErrorAndNothingIsLost() throws IOException {
        Files.writeString(file, "{\"loss\":1}\n{\"step\":50}\n", StandardOpenOption.APPEND);
        String content = Files.readString(file);
        assertThatThrownBy(() -> JsonlLog.open(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("line 4")
                .hasMessageContaining(file.toString());
        assertThat(Files.readString(file)).isEqualTo(content);
    }

    private List<Long> steps() throws IOException {
        return JsonlLog.read(file).stream()
                .map((JsonNode entry) -> entry.get("step").asLong())
                .toList();
    }
}
