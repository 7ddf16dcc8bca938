package org.openmoshi.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;

/** The table in {@code RESULTS.md}: written for people, read back for comparison. */
final class Results {
    private static final String SECTION = "## Threads: ";
    static final String HEADER = """
            | name | ours | PyTorch | ratio | bar | Java heap per call | peak memory |
            |---|---|---|---|---|---|---|
            """;
    private static final String NOTES = "## Notes";
    private static final int RATIO_COLUMN = 4;

    private Results() {}

    /** One line of the table. */
    static String line(Row row) {
        OptionalDouble bar = Bars.of(row.name());
        return String.format(
                Locale.ROOT,
                "| %s | %s | %s | %s | %s | %s | %s |",
                row.name(),
                row.ours(),
                row.pyTorch() == null ? "" : row.pyTorch(),
                row.pyTorch() == null ? "" : String.format(Locale.ROOT, "%.2f", row.ratio()),
                bar.isEmpty() ? "" : String.format(Locale.ROOT, "%.1f", bar.getAsDouble()),
                Double.isNaN(row.allocated()) ? "" : String.format(Locale.ROOT, "%.0f kB", row.allocated() / 1024),
                Double.isNaN(row.peakMemory()) ? "" : String.format(Locale.ROOT, "%.0f MB", row.peakMemory()));
    }

    /**
     * The lines of a result file by thread count and row name; empty if there is no file.
     *
     * @throws IOException if the file cannot be read
     */
    static Map<Integer, Map<String, String>> read(Path file) throws IOException {
        Map<Integer, Map<String, String>> lines = new TreeMap<>();
        if (!Files.exists(file)) {
            return lines;
        }
        Map<String, String> section = new LinkedHashMap<>();
        for (String line : Files.readAllLines(file)) {
            if (line.startsWith(SECTION)) {
                section = new LinkedHashMap<>();
                lines.put(Integer.parseInt(line.substring(SECTION.length()).strip()), section);
            } else if (line.startsWith("| ") && !line.startsWith("| name |")) {
                section.put(line.split("\\|")[1].strip(), line);
            }
        }
        return lines;
    }

    /**
     * Replaces the rows that were measured in a result file; keeps the others, and what was written under "Notes".
     *
     * @param about what was measured, and where: Markdown that goes above the tables
     * @throws IOException if the file cannot be read or written
     */
    static void update(Path file, String about, Collection<Row> rows) throws IOException {
        Map<Integer, Map<String, String>> lines = read(file);
        String notes = notes(file);
        for (Row row : rows) {
            lines.computeIfAbsent(row.threads(), _ -> new LinkedHashMap<>()).put(row.name(), line(row));
        }
        StringBuilder text = new StringBuilder(about);
        lines.forEach((threads, section) -> {
            text.append('\n').append(SECTION).append(threads).append("\n\n").append(HEADER);
            section.values().forEach(line -> text.append(line).append('\n'));
        });
        Files.writeString(file, text.append(notes));
    }

    /** The last section, which is written by hand; empty if there is none. */
    private static String notes(Path file) throws IOException {
        String text = Files.exists(file) ? Files.readString(file) : "";
        int start = text.indexOf("\n" + NOTES);
        return start < 0 ? "" : text.substring(start);
    }

    /** The ratio that a result file has for a row; empty if it has none. */
    static OptionalDouble savedRatio(Map<Integer, Map<String, String>> saved, Row row) {
        String line = saved.getOrDefault(row.threads(), Map.of()).get(row.name());
        String ratio = line == null ? "" : line.split("\\|")[RATIO_COLUMN].strip();
        return ratio.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(Double.parseDouble(ratio));
    }

    /** What got slower against PyTorch by more than the tolerance since the file was written, worst first. */
    static List<String> losses(Map<Integer, Map<String, String>> saved, Collection<Row> rows, double tolerance) {
        TreeMap<Double, List<String>> losses = new TreeMap<>();
        for (Row row : rows) {
            OptionalDouble ratio = savedRatio(saved, row);
            if (ratio.isEmpty()) {
                continue;
            }
            double before = ratio.getAsDouble();
            double kept = row.ratio() / before;
            if (kept < 1 - tolerance) {
                losses.computeIfAbsent(kept, _ -> new ArrayList<>())
                        .add(String.format(
                                Locale.ROOT,
                                "%s, threads %d: ratio %.2f, was %.2f (%.0f%%)",
                                row.name(),
                                row.threads(),
                                row.ratio(),
                                before,
                                100 * (kept - 1)));
            }
        }
        return losses.values().stream().flatMap(List::stream).toList();
    }
}
