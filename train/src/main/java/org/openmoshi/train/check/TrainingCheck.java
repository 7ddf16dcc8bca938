package org.openmoshi.train.check;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.Backends;
import org.openmoshi.train.data.AudioDataset;
import org.openmoshi.train.data.SpeechCorpus;
import org.openmoshi.train.mimi.MimiTrainConfig;
import org.openmoshi.train.mimi.MimiTrainer;
import org.openmoshi.train.mimi.RunFolder;
import org.openmoshi.train.report.JsonlLog;

/**
 * The same training run on the CPU and on a device.
 *
 * @param expected the spectral loss of each step on the CPU
 * @param actual the same on the device
 */
record TrainingCheck(List<Double> expected, List<Double> actual, double cpuSeconds, double deviceSeconds) {
    private static final int FILES = 6;
    private static final String LOSS = "train/msspec";

    static TrainingCheck run(Backend device, int steps, Path folder) throws IOException, InterruptedException {
        Path data = folder.resolve("speech");
        SpeechCorpus.generate(data, FILES, 1, _ -> {});
        List<Double> expected = new ArrayList<>();
        List<Double> actual = new ArrayList<>();
        double cpuSeconds = train(Backends.named("cpu"), data, folder.resolve("cpu"), steps, expected);
        double deviceSeconds = train(device, data, folder.resolve("device"), steps, actual);
        return new TrainingCheck(expected, actual, cpuSeconds, deviceSeconds);
    }

    private static double train(Backend backend, Path data, Path out, int steps, List<Double> losses)
            throws IOException, InterruptedException {
        List<String> settings = List.of(
                "steps=" + steps,
                "optimizer.learning_rate=0.0003",
                "discriminator.start_step=" + steps / 2,
                "data.validation_share=0.3",
                "logging.validate_every=" + steps,
                "logging.checkpoint_every=" + steps);
        Backend before = Backends.setDefault(backend);
        long start = System.nanoTime();
        try (RunFolder run = RunFolder.create(out, MimiTrainConfig.load("tiny", settings))) {
            AudioDataset.Split split =
                    AudioDataset.scan(data).split(run.config().data().validationShare());
            new MimiTrainer(run, split).train();
        } finally {
            Backends.setDefault(before);
        }
        JsonlLog.read(out.resolve("log.jsonl")).stream()
                .filter(entry -> entry.has(LOSS))
                .forEach(entry -> losses.add(entry.get(LOSS).asDouble()));
        return (System.nanoTime() - start) / 1e9;
    }

    /** The largest relative difference of a step's loss; infinite when a step is missing. */
    double worstDifference() {
        if (expected.size() != actual.size() || expected.isEmpty()) {
            return Double.POSITIVE_INFINITY;
        }
        double worst = 0;
        for (int i = 0; i < expected.size(); i++) {
            double difference = Math.abs(actual.get(i) - expected.get(i)) / Math.abs(expected.get(i));
            worst = difference <= worst ? worst : difference; // a NaN stays
        }
        return worst;
    }
}
