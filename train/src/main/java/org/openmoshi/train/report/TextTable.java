package org.openmoshi.train.report;

import java.util.ArrayList;
import java.util.List;

/** A table for the terminal in plain ASCII: the first column flush left, the others flush right or all flush left. */
public final class TextTable {
    private static final String GAP = "  ";

    private final List<List<String>> rows = new ArrayList<>();
    private final int columns;
    private boolean flushLeft;

    /** Starts a table with these column titles. */
    public TextTable(String... titles) {
        this.columns = titles.length;
        rows.add(List.of(titles));
    }

    /** Makes all columns flush left, for cells that are words. */
    public TextTable flushLeft() {
        flushLeft = true;
        return this;
    }

    /** Returns the table that compares the untrained with the trained model. */
    public static TextTable ofMetrics(List<MetricRow> metrics) {
        TextTable table = new TextTable("metric", "untrained", "trained", "better is");
        for (MetricRow row : metrics) {
            table.row(row.name(), row.untrainedText(), row.trainedText(), row.better());
        }
        return table;
    }

    /**
     * Adds a row.
     *
     * @throws IllegalArgumentException if it has not one cell for each title
     */
    public TextTable row(String... cells) {
        if (cells.length != columns) {
            throw new IllegalArgumentException(
                    "a table of " + columns + " columns was given a row of " + cells.length + " cells");
        }
        rows.add(List.of(cells));
        return this;
    }

    /** Returns the lines, each ended by a line feed: titles, a rule, rows. */
    @Override
    public String toString() {
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int c = 0; c < columns; c++) {
                widths[c] = Math.max(widths[c], row.get(c).length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (int r = 0; r < rows.size(); r++) {
            appendRow(text, rows.get(r), widths);
            if (r == 0) {
                List<String> rule = new ArrayList<>();
                for (int width : widths) {
                    rule.add("-".repeat(width));
                }
                appendRow(text, rule, widths);
            }
        }
        return text.toString();
    }

    private void appendRow(StringBuilder text, List<String> cells, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int c = 0; c < widths.length; c++) {
            String padding = " ".repeat(widths[c] - cells.get(c).length());
            line.append(c == 0 ? "" : GAP);
            line.append(c == 0 || flushLeft ? cells.get(c) + padding : padding + cells.get(c));
        }
        text.append(line.toString().stripTrailing()).append('\n');
    }
}
