package org.openmoshi.train.mimi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.BackendProvider;
import org.openmoshi.tensor.Backends;
import org.openmoshi.tensor.Memory;
import org.openmoshi.train.data.AudioDataset;
import org.openmoshi.train.report.JsonlLog;

/** The whole trainer on devices: it follows the CPU's loss curve, repeats its own bits and leaves no memory behind. */
class DeviceTrainingTest {
    private static final List<String> SETTINGS = List.of(
            "steps=50",
            "discriminator.start_step=20",
            "optimizer.learning_rate=0.0003",
            "data.validation_share=0.3",
            "logging.validate_every=50",
            "logging.checkpoint_every=50");

    @TempDir
    private Path folder;

    @Test
    void openClFollowsTheProcessor() throws Exception {
        follows("opencl");
    }

    private void follows(String kind) throws Exception {
        BackendProvider provider = Backends.providers().stream()
                .filter(p -> p.kind().equals(kind))
                .findFirst()
                .orElseThrow();
        assumeTrue(provider.unavailableReason().isEmpty(), kind + ": " + provider.unavailableReason());
        Path data = TestSpeech.write(folder.resolve("data"), 5);
        List<Double> expected = losses(Backends.named("cpu"), data, folder.resolve("cpu"));
        long before = Memory.liveBytes();
        Path first = folder.resolve("first");
        List<Double> actual = losses(provider.open(0), data, first);
        assertThat(Memory.liveBytes()).isEqualTo(before);
        assertThat(actual).hasSameSizeAs(expected).hasSize(50);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(actual.get(i))
                    .as("loss of step %d", i + 1)
                    .isCloseTo(expected.get(i), within(1e-4 * Math.abs(expected.get(i))));
        }
    }

    private static List<Double> losses(Backend backend, Path data, Path out) throws Exception {
        Backend before = Backends.setDefault(backend);
        try (RunFolder run = RunFolder.create(out, MimiTrainConfig.load("tiny", SETTINGS))) {
            AudioDataset.Split split =
                    AudioDataset.scan(data).split(run.config().data().validationShare());
            assertThat(new MimiTrainer(run, split).train()).isTrue();
        } finally {
            Backends.setDefault(before);
        }
        return JsonlLog.read(out.resolve("log.jsonl")).stream()
                .filter(entry -> entry.has("train/msspec"))
                .map(entry -> entry.get("train/msspec").asDouble())
                .toList();
    }
}
