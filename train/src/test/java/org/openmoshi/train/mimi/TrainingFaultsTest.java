package org.openmoshi.train.mimi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openmoshi.train.cli.OpenMoshi;
import org.openmoshi.train.data.AudioDataset;
import org.openmoshi.train.data.Clip;
import org.openmoshi.train.data.DatasetException;
import org.openmoshi.train.run.CheckpointFolder;

/** What happens to a run whose process, data or disk goes away; full disks are in the command's tests. */
class TrainingFaultsTest {
    private static final int KILLS = 20;

    /** Saves after every step, so that many of the kills come while it saves. */
    private static final List<String> SETTINGS = List.of(
            "schedule.kind=constant",
            "data.validation_share=0.3",
            "logging.checkpoint_every=1",
            "logging.validate_every=7",
            "steps=1000000");

    @TempDir
    private Path folder;

    @Test
    void aRunThatIsKilledAgainAndAgainEndsInTheSameBits() throws Exception {
        Path data = TestSpeech.write(folder.resolve("data"), 5);
        Path killed = folder.resolve("killed");
        Random random = new Random();
        List<String> first = new ArrayList<>(List.of("--config", "tiny"));
        first.addAll(SETTINGS);
        for (int i = 0; i < KILLS; i++) {
            // other numbers of threads as well
            Process process = start(1 + i % 2, killed, data, i == 0 ? first : List.of("--resume"));
            waitForStep(killed, process, newestStep(killed) + 1);
            TimeUnit.MILLISECONDS.sleep(random.nextInt(150));
            assertThat(process.isAlive()).as("attempt %d", i).isTrue();
            process.destroyForcibly().waitFor(); // SIGKILL: no shutdown hook runs
        }
        long end = newestStep(killed) + 2;
        try (RunFolder run = RunFolder.resume(killed, List.of("steps=" + end))) {
            assertThat(new MimiTrainer(run, split(data)).train()).isTrue();
        }

        Path whole = folder.resolve("whole");
        List<String> settings = new ArrayList<>(SETTINGS);
        settings.add("steps=" + end);
        try (RunFolder run = RunFolder.create(whole, MimiTrainConfig.load("tiny", settings))) {
            assertThat(new MimiTrainer(run, split(data)).train()).isTrue();
        }
        SameRun.check(whole, killed, end);
    }

    @Test
    void aFileDeletedInMidRunIsReplacedAndNamed() throws Exception {
        Path data = TestSpeech.write(folder.resolve("data"), 6);
        AudioDataset.Split split = split(data);
        Path gone = split.training().clips().getFirst().path();
        Files.delete(gone);
        Path heldOut = split.validation().clips().getFirst().path();
        Files.delete(heldOut);
        try (RunFolder run = RunFolder.create(folder.resolve("run"), MimiTrainConfig.load("tiny", List.of()))) {
            MimiTrainer trainer = new MimiTrainer(run, split);
            assertThat(trainer.train()).isTrue();
            assertThat(trainer.failures()).containsOnlyKeys(gone, heldOut);
            assertThat(trainer.failures().get(gone)).hasMessageContaining("does not exist");
        }
    }

    @Test
    void aRunWhoseDataIsGoneStopsAndGoesOnWhenItIsBack() throws Exception {
        Path data = TestSpeech.write(folder.resolve("data"), 5);
        Path path = folder.resolve("run");
        List<String> settings = List.of("steps=2", "schedule.kind=constant");
        try (RunFolder run = RunFolder.create(path, MimiTrainConfig.load("tiny", settings))) {
            assertThat(new MimiTrainer(run, split(data)).train()).isTrue();
        }
        AudioDataset.Split split = split(data);
        for (Clip clip : split.training().clips()) {
            Files.delete(clip.path());
        }
        try (RunFolder run = RunFolder.resume(path, List.of("steps=4"))) {
            MimiTrainer trainer = new MimiTrainer(run, split);
            assertThatThrownBy(trainer::train)
                    .isInstanceOf(DatasetException.class)
                    .hasMessageContaining("have become unreadable")
                    .hasMessageContaining("check the data folder and resume");
        }
        assertThat(newestStep(path)).isEqualTo(2);
        TestSpeech.write(data, 5);
        try (RunFolder run = RunFolder.resume(path, List.of("steps=4"))) {
            assertThat(new MimiTrainer(run, split(data)).train()).isTrue();
        }
        Path whole = folder.resolve("whole");
        try (RunFolder run =
                RunFolder.create(whole, MimiTrainConfig.load("tiny", List.of("steps=4", "schedule.kind=constant")))) {
            assertThat(new MimiTrainer(run, split(data)).train()).isTrue();
        }
        assertThat(path.resolve("checkpoints/step-00000004/train.safetensors"))
                .hasSameBinaryContentAs(whole.resolve("checkpoints/step-00000004/train.safetensors"));
    }

    private static AudioDataset.Split split(Path data) throws IOException {
        return AudioDataset.scan(data).split(0.3);
    }

    /** 0 when there is no checkpoint. */
    private static long newestStep(Path run) throws IOException {
        Path root = run.resolve("checkpoints");
        List<Path> all = Files.isDirectory(root) ? CheckpointFolder.list(root) : List.of();
        return all.isEmpty() ? 0 : CheckpointFolder.step(all.getLast());
    }

    private static void waitForStep(Path run, Process process, long step) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(300);
        while (newestStep(run) < step && process.isAlive() && System.nanoTime() < deadline) {
            Thread.sleep(5);
        }
        assertThat(newestStep(run)).isGreaterThanOrEqualTo(step);
    }

    private static Process start(int threads, Path out, Path data, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-Dopenmoshi.threads=" + threads,
                "-cp",
                System.getProperty("java.class.path"),
                OpenMoshi.class.getName(),
                "train",
                "mimi",
                "--data",
                data.toString(),
                "--out",
                out.toString()));
        command.addAll(arguments);
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }
}
