package org.openmoshi.train.quickstart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import org.openmoshi.models.mimi.Mimi;
import org.openmoshi.models.mimi.MimiConfig;
import org.openmoshi.tensor.Backends;
import org.openmoshi.train.audio.Audio;
import org.openmoshi.train.audio.WavWriter;
import org.openmoshi.train.data.AudioDataset;
import org.openmoshi.train.mimi.MimiTrainConfig;
import org.openmoshi.train.mimi.RunFolder;
import org.openmoshi.train.report.HtmlReport;
import org.openmoshi.train.report.LineChart;
import org.openmoshi.train.report.LossPlot;
import org.openmoshi.train.report.PlotStyle;
import org.openmoshi.train.report.RunReport;
import org.openmoshi.train.report.SpectrogramPlot;

/** What a finished quickstart leaves beside its checkpoints: {@code audio/}, {@code pictures/}, {@code report.html}. */
final class QuickstartFiles {
    private final RunFolder run;
    private final AudioDataset.Split speech;
    private final CodecComparison comparison;
    private final String trainingTime;
    private final TrainingCurves curves;

    /** {@code trainingTime} is null when it is not known. */
    QuickstartFiles(
            RunFolder run, AudioDataset.Split speech, CodecComparison comparison, @Nullable Duration trainingTime)
            throws IOException {
        this.run = run;
        this.speech = speech;
        this.comparison = comparison;
        this.trainingTime = trainingTime == null ? "" : " in " + text(trainingTime);
        this.curves = new TrainingCurves(run.path().resolve("log.jsonl"));
    }

    /** The page. */
    Path report() {
        return run.path().resolve(QuickstartFolder.REPORT);
    }

    /** Writes all files, the report last; {@code data} is where the speech is, for the commands in the report. */
    void writeAll(Path data) throws IOException {
        Path audio = Files.createDirectories(run.path().resolve("audio"));
        Path pictures = Files.createDirectories(run.path().resolve("pictures"));
        for (int i = 0; i < comparison.clips().size(); i++) {
            RunReport.Clip clip = comparison.clips().get(i);
            String name = fileName(i, clip.name());
            SequencedMap<String, float[]> forms = new LinkedHashMap<>();
            forms.put("original", clip.original());
            forms.put("untrained", clip.untrained());
            forms.put("trained", clip.trained());
            for (var form : forms.entrySet()) {
                WavWriter.writePcm16(
                        audio.resolve(name + "-" + form.getKey() + ".wav"),
                        Audio.mono(clip.sampleRate(), form.getValue()));
            }
            Files.write(
                    pictures.resolve(name + ".png"),
                    PlotStyle.png(SpectrogramPlot.render(clip.name(), forms, clip.sampleRate())));
        }
        for (LineChart chart : charts()) {
            String name = chart.title().toLowerCase(Locale.ROOT).replace(' ', '-');
            Files.write(pictures.resolve(name + ".png"), PlotStyle.png(LossPlot.render(chart, 0)));
        }
        Path unfinished = run.path().resolve(QuickstartFolder.REPORT + ".part");
        HtmlReport.write(page(data), unfinished);
        Files.move(unfinished, report(), StandardCopyOption.ATOMIC_MOVE);
    }

    private List<LineChart> charts() {
        return curves.charts(comparison.codebooks().size());
    }

    /** Numbered, so that equal names in different folders stay apart. */
    private static String fileName(int index, String name) {
        String base = name.substring(name.lastIndexOf('/') + 1);
        int dot = base.lastIndexOf('.');
        return (index + 1) + "-" + (dot > 0 ? base.substring(0, dot) : base).replaceAll("[^A-Za-z0-9_-]", "_");
    }

    private RunReport page(Path data) throws IOException {
        return new RunReport(
                "OpenMoshi quickstart",
                String.format(
                        Locale.ROOT,
                        "A Mimi neural codec at %.2f kbit/s, trained from scratch%s on this machine's processor. %s",
                        comparison.bitsPerSecond() / 1000,
                        trainingTime,
                        CodecComparison.MEANING),
                comparison.bitsPerSecond(),
                facts(),
                comparison.metrics(),
                comparison.clips(),
                charts(),
                comparison.codebooks(),
                List.of(
                        new RunReport.Command(
                                "Code and decode a recording with this codec:",
                                "./openmoshi codec roundtrip --checkpoint " + run.newestCheckpoint()
                                        + " IN.wav OUT.wav"),
                        new RunReport.Command(
                                "Train it for longer:",
                                "./openmoshi train mimi --data " + data + " --out " + run.path()
                                        + " --resume steps=10000"),
                        new RunReport.Command(
                                "The same on your own recordings (WAV, FLAC, MP3, Ogg Opus, AIFF):",
                                "./openmoshi quickstart --data FOLDER")));
    }

    private List<RunReport.Fact> facts() throws IOException {
        MimiTrainConfig config = run.config();
        MimiConfig model = config.mimi();
        List<RunReport.Fact> facts = new ArrayList<>();
        facts.add(new RunReport.Fact("Codec", codec(model)));
        facts.add(new RunReport.Fact(
                "Training",
                String.format(
                        Locale.ROOT,
                        "%d steps of %d windows of %.2f s%s",
                        curves.lastStep(),
                        config.data().batchSize() * config.data().accumulation(),
                        config.data().windowSeconds(),
                        trainingTime)));
        facts.add(new RunReport.Fact(
                "Losses",
                config.usesDiscriminator()
                        ? "with a discriminator"
                        : "waveform and mel spectrogram; without the discriminator of the full recipe, which takes far"
                                + " longer to pay off"));
        facts.add(new RunReport.Fact(
                "Speech",
                String.format(
                        Locale.ROOT,
                        "%s: %d files to learn from (%.1f minutes), %d held out",
                        Files.exists(run.path().resolve("corpus")) ? "synthetic (FreeTTS)" : "your own",
                        speech.training().clips().size(),
                        speech.training().duration() / 60,
                        speech.validation().clips().size())));
        facts.add(
                new RunReport.Fact("Machine", Backends.defaultBackend().description() + ", Java " + Runtime.version()));
        facts.add(new RunReport.Fact("Checkpoint", run.newestCheckpoint().toString()));
        return facts;
    }

    private static String codec(MimiConfig model) {
        try (Mimi mimi = Mimi.zeros(model)) {
            return String.format(
                    Locale.ROOT,
                    "Mimi, %.1f million parameters; %d codebooks of %d codes, %.1f frames/s",
                    mimi.stateDict().parameterCount() / 1e6,
                    model.quantizer().nQ(),
                    model.quantizer().bins(),
                    model.frameRate());
        }
    }

    private static String text(Duration time) {
        return time.toMinutes() > 0
                ? String.format(Locale.ROOT, "%d min %d s", time.toMinutes(), time.toSecondsPart())
                : time.toSeconds() + " s";
    }
}
