package org.openmoshi.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsTest {
    private static Row row(String name, int threads, double ours, double pyTorch) {
        return new Row(name, threads, new Row.Time(ours, 0.01), new Row.Time(pyTorch, 0.02), 2048, 300);
    }

    @Test
    void medianAndSpreadIgnoreAnOutlier() {
        Row.Time time = Row.Time.of(List.of(10.0, 9.0, 11.0, 500.0, 10.0));
        assertThat(time.median()).isEqualTo(10);
        assertThat(time.spread()).isCloseTo(0.05, within(1e-12));
    }

    @Test
    void aWrittenTableIsReadBack(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("RESULTS.md");
        Row row = row("conv1d.forward 64->128 k8 s4 T48004", 2, 8, 10);
        Results.update(file, "# Results\n", List.of(row));
        assertThat(Results.read(file).get(2))
                .containsEntry(
                        "conv1d.forward 64->128 k8 s4 T48004",
                        "| conv1d.forward 64->128 k8 s4 T48004 | 8.000 ms ±1% | 10.00 ms ±2% | 1.25 | 1.0 | 2 kB | 300 MB |");
    }

    @Test
    void updateKeepsRowsThatWereNotMeasured(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("RESULTS.md");
        Results.update(file, "# Results\n", List.of(row("a", 1, 1, 1), row("b", 1, 1, 1)));
        Results.update(file, "# Results\n", List.of(row("b", 1, 1, 3), row("b", 2, 1, 2)));
        assertThat(Results.read(file).get(1).keySet()).containsExactly("a", "b");
        assertThat(Results.read(file).get(1).get("b")).contains("| 3.00 |");
        assertThat(Results.read(file).get(2).get("b")).contains("| 2.00 |");
    }

    @Test
    void updateKeepsTheNotes(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("RESULTS.md");
        Results.update(file, "# Results\n", List.of(row("a", 1, 1, 1)));
        Files.writeString(file, Files.readString(file) + "\n## Notes\n\na is slow.\n");
        Results.update(file, "# Results\n", List.of(row("a", 1, 1, 2)));
        assertThat(Files.readString(file)).contains("| 2.00 |").endsWith("|\n\n## Notes\n\na is slow.\n");
    }

    @Test
    void theGuardListsWhatLostMoreThanTheToleranceWorstFirst(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("RESULTS.md");
        Results.update(file, "", List.of(row("a", 1, 1, 1), row("b", 1, 1, 1), row("c", 1, 1, 1)));
        List<Row> now = List.of(row("a", 1, 1, 0.8), row("b", 1, 1, 0.86), row("c", 1, 1, 0.5), row("new", 1, 1, 0.1));
        assertThat(Results.losses(Results.read(file), now, 0.15))
                .containsExactly(
                        "c, threads 1: ratio 0.50, was 1.00 (-50%)", "a, threads 1: ratio 0.80, was 1.00 (-20%)");
    }

    @Test
    void everyBarNamesARowThatExists() {
        List<String> rows = new Session(false, true, java.util.regex.Pattern.compile(""), Path.of("")).rows();
        assertThat(Bars.prefixes())
                .allSatisfy(prefix ->
                        assertThat(rows).anySatisfy(row -> assertThat(row).startsWith(prefix)));
    }

    @Test
    void aShapeReadsItsNotation() {
        ConvShape shape = ConvShape.parse("depthwise 512->512 k4 s2 T125", true);
        assertThat(shape).isEqualTo(new ConvShape(true, true, 512, 512, 4, 2, 125));
        assertThat(shape.groups()).isEqualTo(512);
        assertThat(shape.weight()).containsExactly(512, 1, 4);
        assertThat(shape.outputLength()).isEqualTo(252);
        ConvShape strided = ConvShape.parse("64->128 k8 s4 T48004", false);
        assertThat(strided.weight()).containsExactly(128, 64, 8);
        assertThat(strided.outputLength()).isEqualTo(12000);
    }

    @Test
    void noFileMeansNoRows(@TempDir Path folder) throws IOException {
        assertThat(Results.read(folder.resolve("none.md"))).isEmpty();
        assertThat(Files.exists(folder.resolve("none.md"))).isFalse();
    }
}
