package org.openmoshi.train.mimi;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.openmoshi.train.report.JsonlLog;
import org.openmoshi.train.report.PlotStyle;
import org.openmoshi.train.report.ProgressLine;
import org.openmoshi.train.report.SpectrogramPlot;
import org.openmoshi.train.report.TensorBoardWriter;

/** Where a run tells what it does: the progress line, {@code log.jsonl} and TensorBoard. */
final class TrainLog implements AutoCloseable {
    private static final int CLIPS_IN_TENSORBOARD = 3;

    private final JsonlLog json;
    private final TensorBoardWriter tensorBoard;
    private final ProgressLine progress;
    private final long logEvery;
    private final TrainingHealth health = new TrainingHealth();

    private TrainLog(JsonlLog json, TensorBoardWriter tensorBoard, ProgressLine progress, long logEvery) {
        this.json = json;
        this.tensorBoard = tensorBoard;
        this.progress = progress;
        this.logEvery = logEvery;
    }

    /** Continues the logs of a run folder at a step; what an interrupted run logged after it is dropped. */
    static TrainLog open(Path run, long step, long totalSteps, long logEvery) throws IOException {
        JsonlLog json = JsonlLog.resume(run.resolve("log.jsonl"), step);
        try {
            TensorBoardWriter tensorBoard = TensorBoardWriter.resume(run.resolve("tensorboard"), step);
            ProgressLine progress = ProgressLine.of(System.err, totalSteps);
            progress.start(Math.max(step, 0));
            return new TrainLog(json, tensorBoard, progress, logEvery);
        } catch (IOException | RuntimeException e) {
            json.close();
            throw e;
        }
    }

    /** A finished step. */
    void step(long step, double audioSeconds, MimiStep.Result result, long skipped) throws IOException {
        progress.update(step, audioSeconds, shown(result.values()));
        if (!result.finite()) {
            progress.message("step " + step + " was skipped: a loss or gradient was not finite (" + skipped
                    + " skipped so far)");
        }
        health.step(result.values()).forEach(warning -> progress.message("step " + step + ": " + warning));
        if (step % logEvery == 0 || !result.finite()) {
            Map<String, Double> values = new LinkedHashMap<>(result.values());
            values.put("skipped", (double) skipped);
            write("train/", step, values);
        }
    }

    /** Losses, and the codebook that is worst off: the rest would not fit the line. */
    private static Map<String, Double> shown(Map<String, Double> values) {
        Map<String, Double> shown = new LinkedHashMap<>();
        for (String name : new String[] {
            "l1", "msspec", "stft", "adversarial", "feature", "commitment", "distillation", "discriminator"
        }) {
            Double value = values.get(name);
            if (value != null) {
                shown.put(name, value);
            }
        }
        shown.putAll(TrainingHealth.summary(values));
        return shown;
    }

    /** A validation: metrics, and the first clips to hear and see. */
    void validation(long step, Validation.Outcome outcome, int sampleRate) throws IOException {
        Map<String, Double> values = new LinkedHashMap<>(outcome.metrics());
        for (int i = 0; i < outcome.codeCounts().length; i++) {
            values.put("codes_used_" + i, (double) CodebookUse.used(outcome.codeCounts()[i]));
            values.put("entropy_" + i, CodebookUse.entropy(outcome.codeCounts()[i]));
        }
        write("validation/", step, values);
        for (Validation.Decoded clip : outcome.clips()
                .subList(0, Math.min(CLIPS_IN_TENSORBOARD, outcome.clips().size()))) {
            tensorBoard.audio("original/" + clip.name(), step, clip.original(), sampleRate);
            tensorBoard.audio("decoded/" + clip.name(), step, clip.decoded(), sampleRate);
            LinkedHashMap<String, float[]> panels = new LinkedHashMap<>();
            panels.put("original", clip.original());
            panels.put("decoded", clip.decoded());
            BufferedImage image = SpectrogramPlot.render(clip.name() + ", step " + step, panels, sampleRate);
            tensorBoard.image(
                    "spectrogram/" + clip.name(), step, PlotStyle.png(image), image.getWidth(), image.getHeight());
        }
        tensorBoard.flush();
        progress.message(String.format(
                java.util.Locale.ROOT,
                "step %d: validation mel distance %.3f, SI-SDR %.2f dB",
                step,
                outcome.metrics().get("mel_distance"),
                outcome.metrics().get("si_sdr")));
    }

    private void write(String group, long step, Map<String, Double> values) throws IOException {
        Map<String, Double> named = new LinkedHashMap<>();
        values.forEach((name, value) -> named.put(group + name, value));
        json.write(step, named);
        tensorBoard.scalars(step, named);
    }

    void flush() throws IOException {
        tensorBoard.flush();
    }

    @Override
    public void close() throws IOException {
        progress.close();
        try {
            tensorBoard.close();
        } finally {
            json.close();
        }
    }
}
