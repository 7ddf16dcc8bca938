package org.openmoshi.train.quickstart;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.openmoshi.train.report.JsonlLog;
import org.openmoshi.train.report.LineChart;

/** The curves of a run, from its log. */
final class TrainingCurves {
    private final List<JsonNode> entries;

    TrainingCurves(Path log) throws IOException {
        entries = JsonlLog.read(log);
    }

    /** The last step of the run. */
    long lastStep() {
        return entries.isEmpty() ? 0 : entries.getLast().get("step").asLong();
    }

    /** Those that have something to show: mel distance, losses and codes in use over the steps. */
    List<LineChart> charts(int codebooks) {
        return Stream.of(melDistance(), losses(), codesInUse(codebooks))
                .filter(chart -> chart.series().stream()
                        .anyMatch(series -> !series.points().isEmpty()))
                .toList();
    }

    private LineChart melDistance() {
        return new LineChart(
                "Mel distance",
                "of the held-out clips, lower is better",
                false,
                List.of(series("validation", "validation/mel_distance")));
    }

    private LineChart losses() {
        return new LineChart(
                "Losses",
                "of the training batches",
                true,
                Stream.of(
                                series("mel (msspec)", "train/msspec"),
                                series("spectra (stft)", "train/stft"),
                                series("waveform (l1)", "train/l1"),
                                series("commitment", "train/commitment"),
                                series("distillation", "train/distillation"))
                        .filter(series -> !series.points().isEmpty()) // a loss that is switched off
                        .toList());
    }

    /** Of the semantic codebook and of the first and the last acoustic one; more curves would hide each other. */
    private LineChart codesInUse(int codebooks) {
        return new LineChart(
                "Codes in use",
                "in the held-out clips",
                false,
                IntStream.of(0, 1, codebooks - 1)
                        .distinct()
                        .mapToObj(i -> series(i == 0 ? "semantic" : "acoustic " + i, "validation/codes_used_" + i))
                        .toList());
    }

    private LineChart.Series series(String name, String key) {
        List<LineChart.Point> points = new ArrayList<>();
        for (JsonNode entry : entries) {
            if (entry.path(key).isNumber()) {
                points.add(new LineChart.Point(
                        entry.get("step").asLong(), entry.get(key).asDouble()));
            }
        }
        return new LineChart.Series(name, points);
    }
}
