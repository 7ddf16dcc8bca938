package org.openmoshi.train.quickstart;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.openmoshi.train.data.AudioDataset;
import org.openmoshi.train.data.SpeechCorpus;
import org.openmoshi.train.mimi.MimiTrainConfig;
import org.openmoshi.train.mimi.MimiTrainer;
import org.openmoshi.train.mimi.RunFolder;
import org.openmoshi.train.report.MetricRow;
import org.openmoshi.train.report.PlotStyle;
import org.openmoshi.train.report.TextTable;

/** Speech, training, comparison, report: the main job, one stage after the other. */
public final class Quickstart {
    /** Sentences of the corpus; each is spoken once, so that no held-out sentence was ever trained on. */
    private static final int SENTENCES = 150;

    private static final Path DEFAULT_FOLDER = Path.of("runs", "quickstart");

    /** How the run differs from the training configuration {@code small}. */
    static final List<String> SETTINGS = List.of(
            // a discriminator costs more time than two cores have in these minutes
            "losses.adversarial=0",
            "losses.feature=0",
            // enough files to compare on, also of a small data set
            "data.validation_share=0.1",
            "logging.validation_clips=6",
            "logging.validate_every=100",
            "logging.checkpoint_every=100");

    private final Settings settings;
    private final PrintWriter screen;
    private final int sentences;
    private volatile boolean interrupted;
    private volatile @Nullable MimiTrainer trainer;

    /**
     * What was asked for.
     *
     * @param data folder or list of the user's own speech; null for synthetic speech
     * @param out the run's folder; null for {@code runs/quickstart} or the next free number
     * @param limit training ends here at the latest
     * @param overrides {@code key=value} on top of configuration {@code small} and {@link #SETTINGS}
     */
    public record Settings(@Nullable Path data, @Nullable Path out, Duration limit, List<String> overrides) {}

    /** A quickstart that tells its progress on {@code screen}. */
    public Quickstart(Settings settings, PrintWriter screen) {
        this(settings, screen, SENTENCES);
    }

    Quickstart(Settings settings, PrintWriter screen, int sentences) {
        this.settings = settings;
        this.screen = screen;
        this.sentences = sentences;
    }

    /** Makes {@link #run} save a checkpoint and return if it is training or has not begun to; from any thread. */
    public void interrupt() {
        interrupted = true;
        MimiTrainer training = trainer;
        if (training != null) {
            training.interrupt();
        }
    }

    /**
     * Runs all stages.
     *
     * @return false when training was interrupted; called again, it goes on from there
     * @throws org.openmoshi.train.data.DatasetException when there is no usable speech
     * @throws IOException when something cannot be read or written
     */
    public boolean run() throws IOException, InterruptedException {
        PlotStyle.requireFonts(); // not after minutes of training
        List<String> overrides = new ArrayList<>(SETTINGS);
        overrides.addAll(settings.overrides());
        MimiTrainConfig config = MimiTrainConfig.load("small", overrides);
        AudioDataset own = settings.data() == null ? null : AudioDataset.scan(settings.data());
        if (own != null && own.clips().size() < 2) {
            throw new IOException("one audio file is not enough: at least one to train on and one to compare with are"
                    + " needed in " + settings.data());
        }
        Path folder = settings.out() == null ? DEFAULT_FOLDER : settings.out();
        try (RunFolder run = QuickstartFolder.open(folder, settings.out() == null, config, settings.data(), screen)) {
            AudioDataset speech = own == null ? corpus(run) : own;
            say("[1/4] Speech: %s", speech.summary());
            AudioDataset.Split split = speech.split(config.data().validationShare());

            say(
                    "[2/4] Training: %d steps, %.0f minutes at most; Ctrl-C saves, the same command goes on",
                    config.steps(), settings.limit().toSeconds() / 60.0);
            boolean resumed = Files.exists(run.path().resolve("log.jsonl"));
            long start = System.nanoTime();
            MimiTrainer training = new MimiTrainer(run, split);
            training.endAfter(settings.limit());
            trainer = training;
            if (interrupted) {
                training.interrupt();
            }
            boolean finished = training.train();
            speech.skipped().forEach(file -> say("skipped %s: %s", file.name(), file.reason()));
            training.failures().forEach((file, failure) -> say("skipped %s: %s", file, failure.problem()));
            if (!finished) {
                say("interrupted; the same command goes on from the checkpoint in %s", run.path());
                return false;
            }
            // of a run in parts, only the last part's time is known
            Duration trained = resumed ? null : Duration.ofNanos(System.nanoTime() - start);

            say("[3/4] Comparing: held-out clips through the untrained and the trained codec");
            CodecComparison comparison = CodecComparison.of(run, split.validation());
            say("[4/4] Writing sound, pictures and the report");
            QuickstartFiles files = new QuickstartFiles(run, split, comparison, trained);
            files.writeAll(settings.data() == null ? run.path().resolve("corpus") : settings.data());
            printResult(comparison, files.report());
            return true;
        }
    }

    private AudioDataset corpus(RunFolder run) throws IOException {
        say("[1/4] Making a corpus: %d sentences spoken by FreeTTS", sentences);
        Path folder = run.path().resolve("corpus");
        SpeechCorpus.generate(folder, sentences, run.config().seed(), done -> {
            if (done % 50 == 0 && done < sentences) {
                say("      %d of %d sentences", done, sentences);
            }
        });
        return AudioDataset.scan(folder);
    }

    private void printResult(CodecComparison comparison, Path report) {
        say("");
        List<MetricRow> rows = comparison.metrics();
        screen.print(TextTable.ofMetrics(rows));
        say(
                "Means over %d held-out clips at %.2f kbit/s.",
                comparison.clips().size(), comparison.bitsPerSecond() / 1000);
        say("%s", CodecComparison.MEANING);
        say("");
        say("Listen and look: %s", report.toAbsolutePath());
    }

    private void say(String format, Object... values) {
        screen.println(String.format(Locale.ROOT, format, values));
        screen.flush();
    }
}
