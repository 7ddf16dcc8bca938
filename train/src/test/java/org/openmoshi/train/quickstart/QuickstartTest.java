package org.openmoshi.train.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openmoshi.models.mimi.Mimi;
import org.openmoshi.train.audio.Audio;
import org.openmoshi.train.audio.AudioFile;
import org.openmoshi.train.audio.WavWriter;
import org.openmoshi.train.cli.OpenMoshi;
import org.openmoshi.train.data.AudioDataset;
import org.openmoshi.train.mimi.MimiTrainConfig;
import org.openmoshi.train.mimi.MimiTrainer;
import org.openmoshi.train.mimi.RunFolder;
import org.openmoshi.train.report.JsonlLog;

class QuickstartTest {
    private static final List<String> TINY = List.of(
            "model=tiny",
            "steps=4",
            "data.window_seconds=0.32",
            "data.batch_size=2",
            "data.validation_share=0.4",
            "logging.validation_clips=1",
            "logging.validate_every=2",
            "logging.checkpoint_every=2",
            "logging.log_every=1");
    private static final Duration LONG = Duration.ofHours(1);

    @TempDir
    private Path folder;

    private final StringWriter screen = new StringWriter();

    @Test
    void makesACorpusTrainsAndWritesSoundPicturesAndAReport() throws Exception {
        Path out = folder.resolve("run");
        assertThat(quickstart(null, out, LONG)).isTrue();

        assertThat(screen.toString())
                .contains("[1/4]", "[2/4]", "[3/4]", "[4/4]", "kbit/s", "No discriminator")
                .containsPattern("metric +untrained +trained")
                .containsPattern("Mel distance +\\d")
                .containsPattern("STOI +")
                .containsPattern("SI-SDR \\(dB\\) +");
        List<Path> sounds = files(out.resolve("audio"));
        assertThat(sounds).hasSize(3); // a clip in three forms
        for (Path sound : sounds) {
            Audio audio = AudioFile.read(sound);
            assertThat(audio.sampleRate()).isEqualTo(24000);
            assertThat(audio.duration()).isBetween(1.0, 4.0);
        }
        for (Path picture : files(out.resolve("pictures"))) {
            assertThat(ImageIO.read(picture.toFile()).getWidth())
                    .as(picture.toString())
                    .isGreaterThan(500);
        }
        assertThat(out.resolve("pictures/losses.png")).exists();
        assertThat(out.resolve("pictures/mel-distance.png")).exists();
        try (Mimi mimi = Mimi.load(out.resolve("checkpoints/step-00000004/mimi.safetensors"))) {
            assertThat(mimi.config().sampleRate()).isEqualTo(24000);
        }
    }

    @Test
    void theReportNeedsNothingFromOutside() throws Exception {
        Path out = folder.resolve("run");
        quickstart(speech(4), out, LONG);
        String page = Files.readString(out.resolve("report.html"));
        Matcher links = Pattern.compile("\\b(?:src|href|action)\\s*=\\s*\"([^\"]*)\"|url\\(|@import|<link|<iframe")
                .matcher(page);
        int embedded = 0;
        while (links.find()) {
            assertThat(links.group(1)).as(links.group()).startsWith("data:");
            embedded++;
        }
        assertThat(embedded).isEqualTo(2 * 3); // sound and picture of a clip in three forms
        assertThat(page).contains("discriminator", "before its first step");
    }

    @Test
    void aFinishedRunIsNotTouchedAndAnUnfinishedOneGoesOn() throws Exception {
        Path data = speech(4);
        Path out = folder.resolve("run");
        MimiTrainConfig config = config();
        try (RunFolder run = QuickstartFolder.open(out, false, config, data, new PrintWriter(screen))) {
            AudioDataset.Split split =
                    AudioDataset.scan(data).split(config.data().validationShare());
            MimiTrainer trainer = new MimiTrainer(run, split);
            trainer.interrupt(); // stops after the first step
            assertThat(trainer.train()).isFalse();
        }
        assertThat(quickstart(data, out, LONG)).isTrue();
        assertThat(screen.toString()).contains("Going on with the unfinished quickstart");
        assertThat(out.resolve("checkpoints/step-00000004")).exists();
        assertThat(Files.readString(out.resolve("report.html"))).contains("4 steps of 2 windows");

        byte[] report = Files.readAllBytes(out.resolve("report.html"));
        assertThatThrownBy(() -> quickstart(data, out, LONG))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("finished")
                .hasMessageContaining("--out");
        assertThat(out.resolve("report.html")).hasBinaryContent(report);
    }

    @Test
    void withoutANameTheNextNumberIsTaken() throws Exception {
        Path base = folder.resolve("quickstart");
        assertThat(opened(base, null)).isEqualTo(base);
        assertThat(opened(base, null)).as("unfinished, same settings").isEqualTo(base);
        Path data = speech(2);
        Path second = folder.resolve("quickstart-2");
        assertThat(opened(base, data)).as("other data").isEqualTo(second);
        Files.writeString(base.resolve("report.html"), "finished");
        assertThat(opened(base, null)).isEqualTo(folder.resolve("quickstart-3"));
        assertThatThrownBy(() -> QuickstartFolder.open(second, false, config(), null, new PrintWriter(screen)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("other settings or data");
    }

    @Test
    void theTimeLimitEndsTrainingWithAReport() throws Exception {
        Path out = folder.resolve("run");
        assertThat(quickstart(speech(4), out, Duration.ofNanos(1))).isTrue();
        assertThat(JsonlLog.read(out.resolve("log.jsonl")).getLast().get("step").asLong())
                .isEqualTo(1);
        assertThat(out.resolve("checkpoints/step-00000001/mimi.safetensors")).exists();
        assertThat(out.resolve("report.html")).exists();
    }

    @Test
    void dataWithoutAudioIsRefusedBeforeAnythingIsWritten() throws Exception {
        Path empty = Files.createDirectory(folder.resolve("empty"));
        Path out = folder.resolve("run");
        assertThat(commandLine("--data", empty.toString(), "--out", out.toString()))
                .isEqualTo(1);
        assertThat(screen.toString()).contains("no audio files in folder " + empty);
        assertThat(commandLine("--data", folder.resolve("absent").toString(), "--out", out.toString()))
                .isEqualTo(1);
        assertThat(screen.toString()).contains("no such folder");
        assertThat(out).doesNotExist();
    }

    @Test
    void oneFileIsNotEnough() {
        assertThatThrownBy(() -> quickstart(speech(1), folder.resolve("run"), LONG))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("at least one to train on and one to compare");
        assertThat(folder.resolve("run")).doesNotExist();
    }

    @Test
    void wrongArgumentsAreRefused() {
        assertThat(commandLine("--device", "abacus")).isEqualTo(2);
        assertThat(screen.toString()).contains("no backend 'abacus'", "cpu-scalar");
        assertThat(commandLine("--minutes", "0")).isEqualTo(2);
        assertThat(screen.toString()).contains("--minutes");
        assertThat(commandLine("--out", folder.resolve("run").toString(), "stepz=3"))
                .isEqualTo(1);
        assertThat(screen.toString()).contains("stepz", "steps");
    }

    private boolean quickstart(@Nullable Path data, Path out, Duration limit) throws Exception {
        return new Quickstart(new Quickstart.Settings(data, out, limit, TINY), new PrintWriter(screen), 4).run();
    }

    private Path opened(Path base, @Nullable Path data) throws IOException {
        try (RunFolder run = QuickstartFolder.open(base, true, config(), data, new PrintWriter(screen))) {
            return run.path();
        }
    }

    private int commandLine(String... arguments) {
        List<String> all = new ArrayList<>(List.of("quickstart"));
        all.addAll(List.of(arguments));
        var line = OpenMoshi.commandLine(new OpenMoshi());
        line.setOut(new PrintWriter(screen));
        line.setErr(new PrintWriter(screen));
        return OpenMoshi.execute(line, all.toArray(String[]::new));
    }

    private static MimiTrainConfig config() {
        List<String> overrides = new ArrayList<>(Quickstart.SETTINGS);
        overrides.addAll(TINY);
        return MimiTrainConfig.load("small", overrides);
    }

    /** Some files of a tone that comes and goes. */
    private Path speech(int files) throws IOException {
        Path data = Files.createDirectories(folder.resolve("speech-" + files));
        for (int i = 0; i < files; i++) {
            float[] samples = new float[30_000];
            for (int t = 0; t < samples.length; t++) {
                samples[t] = (float) (0.3 * Math.sin(0.02 * (i + 2) * t) * Math.sin(t / 2500.0));
            }
            WavWriter.writePcm16(data.resolve("tone-" + i + ".wav"), Audio.mono(24_000, samples));
        }
        return data;
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.sorted().toList();
        }
    }
}
