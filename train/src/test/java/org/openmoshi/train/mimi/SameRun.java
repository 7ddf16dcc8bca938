package org.openmoshi.train.mimi;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;
import org.openmoshi.train.report.JsonlLog;

/** Requires that two runs ended in the same bits. */
final class SameRun {
    private SameRun() {}

    /** Every file of the checkpoint of a step, and the log. */
    static void check(Path expected, Path actual, long step) throws IOException {
        Path last = Path.of("checkpoints", String.format(Locale.ROOT, "step-%08d", step));
        try (Stream<Path> files = Files.list(expected.resolve(last))) {
            for (Path file : files.toList()) {
                assertThat(actual.resolve(last).resolve(file.getFileName()))
                        .as(file.getFileName().toString())
                        .hasSameBinaryContentAs(file);
            }
        }
        assertThat(JsonlLog.read(actual.resolve("log.jsonl"))).isEqualTo(JsonlLog.read(expected.resolve("log.jsonl")));
    }
}
