package org.openmoshi.train.mimi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openmoshi.models.config.ConfigException;
import org.openmoshi.tensor.Memory;
import org.openmoshi.train.data.AudioDataset;
import org.openmoshi.train.report.JsonlLog;
import org.openmoshi.train.run.TrainingException;

class MimiTrainerTest {
    private static final int STEPS = 8;

    @TempDir
    private Path folder;

    @Test
    void aResumedRunEndsInTheSameBits() throws Exception {
        Path data = TestSpeech.write(folder.resolve("data"), 5);
        Path whole = folder.resolve("whole");
        train(RunFolder.create(whole, tiny()), data);

        Path parted = folder.resolve("parted");
        try (RunFolder run = RunFolder.create(parted, tiny())) {
            MimiTrainer trainer = new MimiTrainer(run, split(run, data));
            trainer.interrupt(); // stops after the first step
            assertThat(trainer.train()).isFalse();
        }
        train(RunFolder.resume(parted, List.of()), data);
        SameRun.check(whole, parted, STEPS);
    }

    @Test
    void theAveragedCodecFollowsTheTraining() throws Exception {
        Path data = TestSpeech.write(folder.resolve("data"), 3);
        Path path = folder.resolve("run");
        train(RunFolder.create(path, MimiTrainConfig.load("tiny", List.of("optimizer.weight_ema=0.5"))), data);
        double[] distances = JsonlLog.read(path.resolve("log.jsonl")).stream()
                .filter(entry -> entry.has("validation/mel_distance"))
                .mapToDouble(entry -> entry.get("validation/mel_distance").asDouble())
                .toArray();
        assertThat(distances).hasSize(3).doesNotHaveDuplicates();
    }

    @Test
    void theDiscriminatorTrainsBeforeItsLossesCount() throws Exception {
        Path data = TestSpeech.write(folder.resolve("data"), 3);
        Path path = folder.resolve("run");
        List<String> late = List.of("steps=5", "discriminator.start_step=1", "discriminator.warmup=2");
        train(RunFolder.create(path, MimiTrainConfig.load("tiny", late)), data);
        List<JsonNode> steps = JsonlLog.read(path.resolve("log.jsonl")).stream()
                .filter(entry -> entry.has("train/msspec"))
                .toList();
        assertThat(steps.stream().map(entry -> entry.has("train/discriminator")))
                .containsExactly(false, true, true, true, true);
        assertThat(steps.stream().map(entry -> entry.has("train/adversarial")))
                .containsExactly(false, false, false, true, true);
    }

    @Test
    void trainingLeavesNoMemoryBehind() throws Exception {
        Path data = TestSpeech.write(folder.resolve("data"), 3);
        long before = Memory.liveBytes();
        train(RunFolder.create(folder.resolve("run"), MimiTrainConfig.load("tiny", List.of("steps=5"))), data);
        assertThat(Memory.liveBytes()).isEqualTo(before);
    }

    @Test
    void threeStepsThatAreNotFiniteStopTheRunWithADiagnosis() throws Exception {
        Path data = TestSpeech.write(folder.resolve("data"), 3);
        List<String> explosive = List.of("optimizer.learning_rate=1e30", "optimizer.clip_norm=0", "steps=20");
        assertThatThrownBy(() ->
                        train(RunFolder.create(folder.resolve("run"), MimiTrainConfig.load("tiny", explosive)), data))
                .isInstanceOf(TrainingException.class)
                .hasMessageContaining("three steps in a row")
                .hasMessageContaining("optimizer.learning_rate");
    }

    @Test
    void aResumedRunKeepsItsConfiguration() throws Exception {
        Path data = TestSpeech.write(folder.resolve("data"), 3);
        Path path = folder.resolve("run");
        train(RunFolder.create(path, MimiTrainConfig.load("tiny", List.of("steps=2"))), data);
        assertThatThrownBy(() -> RunFolder.resume(path, List.of("data.batch_size=3")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("data.batch_size=3");
        assertThatThrownBy(() -> RunFolder.create(path, MimiTrainConfig.load("tiny", List.of())))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("--resume");
        train(RunFolder.resume(path, List.of("steps=4")), data);
        assertThat(path.resolve("checkpoints/step-00000004")).exists();
    }

    private static void train(RunFolder run, Path data) throws Exception {
        try (run) {
            assertThat(new MimiTrainer(run, split(run, data)).train()).isTrue();
        }
    }

    private static MimiTrainConfig tiny() {
        return MimiTrainConfig.load("tiny", List.of("data.validation_share=0.3"));
    }

    private static AudioDataset.Split split(RunFolder run, Path data) throws IOException {
        return AudioDataset.scan(data).split(run.config().data().validationShare());
    }
}
