package org.openmoshi.train.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openmoshi.models.wavlm.WavLm;
import org.openmoshi.models.wavlm.WavLmFile;
import org.openmoshi.train.audio.Audio;
import org.openmoshi.train.audio.AudioFile;
import org.openmoshi.train.audio.AudioFixtures;
import org.openmoshi.train.distill.TestWavLm;
import org.openmoshi.train.report.JsonlLog;

/** What users do wrong with {@code train mimi}, and what happens to them; the trainer's own tests are elsewhere. */
class TrainMimiCommandTest {
    /** Without discriminator and teacher, which most of these tests have nothing to do with. */
    private static final List<String> QUICK = List.of(
            "--config", "tiny", "losses.adversarial=0", "losses.feature=0", "distillation.teacher=none", "steps=1");

    @TempDir
    private Path folder;

    @Test
    void badFilesAreSkippedAndNamedAtTheEnd() throws IOException {
        Path data = data(4);
        Audio tone = AudioFixtures.tone(24_000, 1, 12_000);
        byte[] good = AudioFixtures.wav16(tone);
        write(data, "empty.wav", new byte[0]);
        write(data, "one-sample.wav", AudioFixtures.wav16(AudioFixtures.tone(24_000, 1, 1)));
        write(data, "no-samples.wav", AudioFixtures.wav16(AudioFixtures.tone(24_000, 1, 0)));
        write(data, "truncated.wav", Arrays.copyOf(good, good.length / 2));
        write(data, "text.flac", "this is no audio".getBytes(StandardCharsets.US_ASCII));
        write(data, "notes.txt", "not even named as audio".getBytes(StandardCharsets.US_ASCII));

        String out = train(data, folder.resolve("run"), "steps=2").succeeded().out();

        assertThat(out).contains("4 audio files", "skipped 5");
        assertThat(out.lines().filter(line -> line.startsWith("skipped ")))
                .hasSize(5)
                .anyMatch(line -> line.contains("empty.wav: is empty"))
                .anyMatch(line -> line.contains("one-sample.wav: too short"))
                .anyMatch(line -> line.contains("no-samples.wav: "))
                .anyMatch(line -> line.contains("truncated.wav: truncated"))
                .anyMatch(line -> line.contains("text.flac: "));
    }

    @Test
    void samplesThatAreNoNumbersAreSkippedWhicheverSideTheyAreOn() throws IOException {
        Path data = data(2);
        Audio broken = AudioFixtures.tone(24_000, 1, 12_000);
        Arrays.fill(broken.channels()[0], Float.NaN);
        byte[] nan = AudioFixtures.wav(broken, 32, true, false);
        for (int i = 0; i < 6; i++) {
            write(data, "nan" + i + ".wav", nan);
        }
        String out = train(data, folder.resolve("run"), "steps=4", "data.validation_share=0.5")
                .succeeded()
                .out();
        assertThat(out.lines().filter(line -> line.startsWith("skipped ")))
                .as(out)
                .hasSizeGreaterThanOrEqualTo(2)
                .allMatch(line -> line.contains("nan") && line.contains("NaN"));
    }

    @Test
    void ratesAndChannelsMayMix() throws IOException {
        Path data = Files.createDirectory(folder.resolve("data"));
        write(data, "8k.wav", AudioFixtures.wav16(AudioFixtures.tone(8_000, 1, 8_000)));
        write(data, "192k.wav", AudioFixtures.wav16(AudioFixtures.tone(192_000, 3, 96_000)));
        assertThat(train(data, folder.resolve("run"), "steps=3").succeeded().out())
                .contains("2 audio files", "the best codec is")
                .doesNotContain("skipped");
    }

    @Test
    void singleFileIsTrainedOnAndNotValidated() throws IOException {
        Path run = folder.resolve("run");
        assertThat(train(data(1), run).succeeded().out()).contains("nothing will be validated");
        assertThat(Files.readString(run.resolve("log.jsonl")))
                .contains("train/l1")
                .doesNotContain("validation/");
    }

    @Test
    void dataMustBeThereAndUsable() throws IOException {
        Path run = folder.resolve("run");
        train(folder.resolve("none"), run).failedSaying("no such folder or manifest", "none");
        Path empty = Files.createDirectory(folder.resolve("empty"));
        train(empty, run).failedSaying("no audio files in folder " + empty, "WAV");
        write(empty, "bad.wav", new byte[] {1, 2, 3});
        train(empty, run).failedSaying("none of the 1 audio files", "bad.wav");
        CommandRun.of("train", "mimi", "--out", run).refusedSaying("--data");
        CommandRun.of("train", "mimi", "--data", empty).refusedSaying("--out");
        assertThat(run).doesNotExist();
    }

    @Test
    void keysAndValuesOfTheConfigurationAreChecked() throws IOException {
        Path data = data(1);
        Path run = folder.resolve("run");
        train(data, run, "stesp=5").failedSaying("unknown key 'stesp'", "did you mean 'steps'?");
        train(data, run, "optimizer.learning_rat=1")
                .failedSaying("unknown key 'optimizer.learning_rat'", "did you mean 'learning_rate'?");
        train(data, run, "steps=many").failedSaying("steps", "many");
        train(data, run, "steps=1.5").failedSaying("steps", "1.5");
        train(data, run, "steps=0").failedSaying("steps is 0, must be");
        train(data, run, "data.batch_size=-1").failedSaying("data.batch_size is -1");
        train(data, run, "recipe=magic").failedSaying("recipe", "magic");
        train(data, run, "model=tyni").failedSaying("no codec configuration 'tyni'", "did you mean 'tiny'?");
        train(data, run, "steps").failedSaying("'steps' is not of the form key=value");
        assertThat(run).doesNotExist();
    }

    @Test
    void configurationFilesAreChecked() throws IOException {
        Path data = data(1);
        Path run = folder.resolve("run");
        Path file = folder.resolve("my.yaml");
        configured(data, run, file).failedSaying("no training configuration '" + file + "'", "small");
        String tiny = CommandRun.of("train", "mimi", "--config", "tiny", "--show")
                .succeeded()
                .out();
        Files.writeString(file, tiny.replace("batch_size:", "batchsize:"));
        configured(data, run, file).failedSaying("my.yaml", "'data.batchsize'", "did you mean 'batch_size'?");
        Files.writeString(file, tiny.replace("seed: 1 ", "seed: [1]"));
        configured(data, run, file).failedSaying("my.yaml", "seed");
        Files.writeString(file, "steps: 1");
        configured(data, run, file).failedSaying("my.yaml", "is missing");
        Files.writeString(file, "[1, 2");
        assertThat(configured(data, run, file).err()).startsWith("openmoshi: " + file + " is not valid YAML");
        assertThat(run).doesNotExist();
    }

    @Test
    void aRunIsNeverOverwritten() throws IOException {
        Path data = data(2);
        Path run = folder.resolve("run");
        train(data, run).succeeded();
        Path codec = run.resolve("checkpoints/step-00000001/mimi.safetensors");
        byte[] before = Files.readAllBytes(codec);
        train(data, run).failedSaying("run is not empty", "--resume");
        assertThat(codec).hasBinaryContent(before);
        Path file = write(folder, "file", new byte[] {1});
        train(data, file).failedSaying("is a file: name a folder");
        CommandRun.of("train", "mimi", "--data", data, "--out", file.resolve("below"), "--config", "tiny")
                .failedSaying("file");
    }

    @Test
    void resumeNeedsARun() throws IOException {
        Path data = data(2);
        Path run = folder.resolve("run");
        resume(data, run).failedSaying("no run to resume in " + run);
        resume(data, run, "--config", "tiny").refusedSaying("leave --config out");
        train(data, run).succeeded();
        resume(data, run, "data.batch_size=4").failedSaying("data.batch_size=4", "start a new run");
        resume(data, run, "steps=2").succeeded();
        assertThat(run.resolve("checkpoints/step-00000002")).exists();
    }

    @Test
    void fineTuningStartsFromTheWeightsOfAnotherRun() throws IOException {
        Path data = data(2);
        Path first = folder.resolve("first");
        List<String> adversarial = List.of("--config", "tiny", "steps=1", "discriminator.start_step=0");
        command(List.of("--data", data, "--out", first), adversarial, List.of()).succeeded();
        Path checkpoint = first.resolve("checkpoints/step-00000001");

        Path tuned = folder.resolve("tuned");
        String out = command(
                        List.of("--data", data, "--out", tuned, "--init", first),
                        adversarial,
                        List.of("logging.keep=9", "optimizer.weight_ema=0"))
                .succeeded()
                .out();
        assertThat(out)
                .contains("taken from " + checkpoint.resolve("mimi.safetensors") + ": the codec", "4 codebooks")
                .contains("taken from " + checkpoint.resolve("discriminator.safetensors") + ": the discriminator")
                .contains("new: the optimizers' moments");
        Path start = tuned.resolve("checkpoints/step-00000000");
        assertThat(start.resolve("discriminator.safetensors"))
                .hasSameBinaryContentAs(checkpoint.resolve("discriminator.safetensors"));
        Path before = folder.resolve("before.wav");
        Path after = folder.resolve("after.wav");
        CommandRun.of("codec", "roundtrip", data.resolve("good0.wav"), before, "--checkpoint", checkpoint)
                .succeeded();
        CommandRun.of("codec", "roundtrip", data.resolve("good0.wav"), after, "--checkpoint", start)
                .succeeded();
        // weight norm is folded and unfolded in between, which rounds
        assertThat(AudioFile.read(after).channels()[0])
                .containsExactly(AudioFile.read(before).channels()[0], within(1e-4f));
    }

    @Test
    void fineTuningIsStrictAboutTheConfiguration() throws IOException {
        Path data = data(2);
        Path first = folder.resolve("first");
        train(data, first).succeeded();
        Path codec = first.resolve("checkpoints/step-00000001/mimi.safetensors");
        Path other = folder.resolve("other");
        command(List.of("--data", data, "--out", other, "--init", codec), List.of("--config", "small"), List.of())
                .failedSaying("is of another configuration", "quantizer.n_q is 4 there and 8 here");
        Path tuned = folder.resolve("tuned");
        List<String> withDiscriminator = List.of("--config", "tiny", "steps=1", "discriminator.start_step=0");
        assertThat(command(List.of("--data", data, "--out", tuned, "--init", codec), withDiscriminator, List.of())
                        .succeeded()
                        .out())
                .contains("new: the discriminator, since there is none");
        Path wider = folder.resolve("wider");
        CommandRun misfit = command(
                List.of("--data", data, "--out", wider, "--init", tuned),
                withDiscriminator,
                List.of("discriminator.filters=4"));
        assertThat(misfit.code()).isEqualTo(1);
        assertThat(misfit.err()).contains("discriminator.safetensors", "of another shape", "Set discriminator.*");
        resume(data, tuned, "--init", first.toString()).refusedSaying("leave --init out");
    }

    @Test
    void damagedOrForeignCheckpointsAreNamed() throws IOException {
        Path data = data(2);
        Path run = folder.resolve("run");
        train(data, run, "steps=2", "logging.checkpoint_every=1").succeeded();
        Path config = run.resolve("config.yaml");
        String yaml = Files.readString(config);
        Files.writeString(
                config, yaml.replace("model: \"tiny\"", "model: \"small\"").replace("model: tiny", "model: small"));
        CommandRun other = resume(data, run, "steps=3");
        assertThat(other.code()).isEqualTo(1);
        assertThat(other.err())
                .startsWith("openmoshi: ")
                .contains("step-00000002 cannot be restored", "does not fit this model", "Delete that folder")
                .doesNotContain("\tat ");
        Files.writeString(config, yaml);
        Path weights = run.resolve("checkpoints/step-00000002/train.safetensors");
        Files.write(weights, Arrays.copyOf(Files.readAllBytes(weights), 5000));
        assertThat(resume(data, run, "steps=3").err())
                .contains("step-00000002 cannot be restored", "train.safetensors", "damaged");
        Files.delete(run.resolve("checkpoints/step-00000002/state.json"));
        assertThat(resume(data, run, "steps=3").err()).contains("step-00000002 cannot be restored", "state.json");
    }

    @Test
    void fullDiskLosesNothingThatWasSaved() throws IOException {
        Path data = data(2);
        try (TinyDisk disk = TinyDisk.mount(folder.resolve("disk"), 16 * 1024)) {
            Path run = disk.path().resolve("run");
            train(data, run).succeeded();
            Path filler = disk.path().resolve("filler");
            long free = Files.getFileStore(disk.path()).getUsableSpace();
            Files.write(filler, new byte[(int) (free - 64 * 1024)]);

            resume(data, run, "steps=3").failedSaying("could not be written", "space left");

            try (Stream<Path> checkpoints = Files.list(run.resolve("checkpoints"))) {
                assertThat(checkpoints.map(path -> path.getFileName().toString()))
                        .containsExactly("step-00000001");
            }

            Path rest = disk.path().resolve("rest");
            Files.write(rest, new byte[(int) Files.getFileStore(disk.path()).getUsableSpace()]);
            resume(data, run, "steps=3").failedSaying("no space left on the disk");

            Files.delete(filler);
            Files.delete(rest);
            resume(data, run, "steps=3").succeeded();
            assertThat(run.resolve("checkpoints/step-00000003")).exists();
        }
    }

    @Test
    void aTeacherHearsEachFileOnce() throws IOException {
        Path data = data(3);
        Path cache = folder.resolve("features");
        Path teacher = folder.resolve("teacher.pt");
        try (WavLm model = TestWavLm.random(1)) {
            WavLmFile.write(model, teacher, WavLmFile.Form.PT);
        }
        String[] guided = {
            "steps=6", "distillation.teacher=wavlm", "distillation.path=" + teacher, "distillation.cache=" + cache
        };
        train(data, folder.resolve("first"), guided).succeeded();
        Map<Path, FileTime> features = entries(cache);
        assertThat(features).hasSizeBetween(1, 3);
        train(data, folder.resolve("second"), guided).succeeded();
        assertThat(entries(cache)).isEqualTo(features);
        assertThat(JsonlLog.read(folder.resolve("second/log.jsonl")))
                .isEqualTo(JsonlLog.read(folder.resolve("first/log.jsonl")))
                .anySatisfy(entry ->
                        assertThat(entry.path("train/distillation").asDouble()).isBetween(0.1, 2.0));
    }

    private static Map<Path, FileTime> entries(Path cache) throws IOException {
        Map<Path, FileTime> entries = new TreeMap<>();
        try (Stream<Path> all = Files.walk(cache)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                entries.put(file, Files.getLastModifiedTime(file));
            }
        }
        return entries;
    }

    @Test
    void aFullFeatureCacheIsNamed() throws IOException {
        Path data = data(2);
        try (TinyDisk disk = TinyDisk.mount(folder.resolve("disk"), 8)) {
            train(data, folder.resolve("run"), "distillation.teacher=mel", "distillation.cache=" + disk.path())
                    .failedSaying("the feature cache cannot be written", "space left", "distillation.cache");
        }
    }

    @Test
    void aTeacherMustBeThere() throws IOException {
        Path data = data(2);
        train(data, folder.resolve("none"), "distillation.teacher=wavlm").failedSaying("distillation.path is empty");
        train(data, folder.resolve("run"), "distillation.teacher=wavlm", "distillation.path=/none.pt")
                .failedSaying("/none.pt does not exist");
    }

    @Test
    void aTrainedRunIsACodec() throws IOException {
        Path data = data(2);
        Path run = folder.resolve("run");
        train(data, run).succeeded();
        Path wav = folder.resolve("result.wav");
        CommandRun.of("codec", "roundtrip", data.resolve("good0.wav"), wav, "--checkpoint", run)
                .succeeded();
        assertThat(wav).isNotEmptyFile();
        Path checkpoint = run.resolve("checkpoints/step-00000001");
        Path same = folder.resolve("same.wav");
        CommandRun.of("codec", "roundtrip", data.resolve("good0.wav"), same, "--checkpoint", checkpoint)
                .succeeded();
        assertThat(same).hasSameBinaryContentAs(wav);
        Path state = checkpoint.resolve("train.safetensors");
        CommandRun.of("codec", "roundtrip", data.resolve("good0.wav"), wav, "--checkpoint", state)
                .failedSaying(
                        state.toString(),
                        "not a codec",
                        checkpoint.resolve("mimi.safetensors").toString());
        Files.move(run.resolve("checkpoints"), folder.resolve("elsewhere"));
        CommandRun.of("codec", "roundtrip", data.resolve("good0.wav"), wav, "--checkpoint", run)
                .failedSaying("no checkpoint in " + run);
    }

    @Test
    void terminationSavesAndEnds() throws IOException, InterruptedException {
        Path run = folder.resolve("run");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                OpenMoshi.class.getName(),
                "train",
                "mimi",
                "--data",
                data(2).toString(),
                "--out",
                run.toString()));
        command.addAll(QUICK);
        command.addAll(List.of("steps=1000000", "logging.checkpoint_every=1000000", "logging.validate_every=1000000"));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (BufferedReader reader = process.inputReader()) {
            List<String> lines = new ArrayList<>();
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(line);
                if (line.startsWith("step 0: validation")) {
                    process.toHandle().destroy(); // unlike Process.destroy, leaves the output open
                }
            }
            assertThat(lines).contains("interrupted; continue with --resume");
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        try (Stream<Path> checkpoints = Files.list(run.resolve("checkpoints"))) {
            assertThat(checkpoints).hasSize(1);
        }
    }

    private static CommandRun train(Path data, Path run, String... arguments) {
        return command(List.of("--data", data, "--out", run), QUICK, List.of(arguments));
    }

    private static CommandRun resume(Path data, Path run, String... arguments) {
        return command(List.of("--data", data, "--out", run, "--resume"), List.of(), List.of(arguments));
    }

    private static CommandRun configured(Path data, Path run, Path config) {
        return command(List.of("--data", data, "--out", run, "--config", config), List.of(), List.of());
    }

    private static CommandRun command(List<?> paths, List<String> first, List<String> second) {
        List<Object> all = new ArrayList<>(List.of("train", "mimi"));
        all.addAll(paths);
        all.addAll(first);
        all.addAll(second);
        return CommandRun.of(all.toArray());
    }

    private Path data(int files) throws IOException {
        Path data = Files.createDirectory(folder.resolve("data"));
        for (int i = 0; i < files; i++) {
            Audio tone = AudioFixtures.tone(24_000, 1, 24_000 + 1_000 * i);
            write(data, "good" + i + ".wav", AudioFixtures.wav16(tone));
        }
        return data;
    }

    private static Path write(Path folder, String name, byte[] content) throws IOException {
        return Files.write(folder.resolve(name), content);
    }
}
