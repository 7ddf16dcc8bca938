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
 * The same training run by the scalar reference, by the CPU and by a device. Adam's first steps hardly depend on a
 * gradient's size, so rounding grows from step to step and no two backends agree for long. What can be asked of a device
 * is that it strays from the reference, which computes in double precision, about as little as the CPU does.
 *
 * @param reference the spectral loss of each step by the scalar reference
 * @param cpu the same on the CPU
 * @param device the same on the device
 */
record TrainingCheck(
        List<Double> reference, List<Double> cpu, List<Double> device, double cpuSeconds, double deviceSeconds) {
    private static final int FILES = 6;
    private static final String LOSS = "train/msspec";

    /** How many times as far as the CPU a device may stray. */
    static final double ALLOWANCE = 5;

    static TrainingCheck run(Backend device, int steps, Path folder) throws IOException, InterruptedException {
        Path data = folder.resolve("speech");
        SpeechCorpus.generate(data, FILES, 1, _ -> {});
        List<Double> expected = new ArrayList<>();
        List<Double> near = new ArrayList<>();
        List<Double> actual = new ArrayList<>();
        train(Backends.named("cpu-scalar"), data, folder.resolve("reference"), steps, expected);
        double cpuSeconds = train(Backends.named("cpu"), data, folder.resolve("cpu"), steps, near);
        double deviceSeconds = train(device, data, folder.resolve("device"), steps, actual);
        return new TrainingCheck(expected, near, actual, cpuSeconds, deviceSeconds);
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

    /** The root of the mean squared relative difference from the reference, of the CPU. */
    double cpuDifference() {
        return difference(cpu);
    }

    /** The same of the device. */
    double deviceDifference() {
        return difference(device);
    }

    /** Whether the device strays little enough; false when it has other steps or no numbers. */
    boolean follows() {
        return deviceDifference() <= ALLOWANCE * cpuDifference();
    }

    private double difference(List<Double> losses) {
        if (reference.size() != losses.size() || reference.isEmpty()) {
            return Double.POSITIVE_INFINITY;
        }
        double sum = 0;
        for (int i = 0; i < losses.size(); i++) {
            double relative = losses.get(i) / reference.get(i) - 1;
            sum += relative * relative;
        }
        return Math.sqrt(sum / losses.size());
    }
}
