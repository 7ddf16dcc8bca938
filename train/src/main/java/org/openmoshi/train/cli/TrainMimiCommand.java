package org.openmoshi.train.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.openmoshi.models.mimi.Mimi;
import org.openmoshi.train.codec.CodecFile;
import org.openmoshi.train.data.AudioDataset;
import org.openmoshi.train.mimi.MimiTrainConfig;
import org.openmoshi.train.mimi.MimiTrainer;
import org.openmoshi.train.mimi.RunFolder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Trains the codec on a folder of audio. */
@Command(
        name = "mimi",
        description = "Trains the Mimi codec on a folder of audio (WAV, FLAC, MP3, Ogg Opus, AIFF).",
        footer = {
            "",
            "Examples:",
            "  openmoshi train mimi --data speech --out runs/first",
            "  openmoshi train mimi --data speech --out runs/first --resume",
            "  openmoshi train mimi --data mine --out runs/mine --init runs/first",
            "  openmoshi train mimi --data speech --out runs/long steps=20000 data.batch_size=8",
            "",
            "Ctrl-C saves a checkpoint and stops. The keys are explained in the shipped configurations:",
            "  openmoshi train mimi --config small --show"
        })
final class TrainMimiCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(
            names = "--config",
            paramLabel = "NAME|FILE",
            description =
                    "A shipped configuration (small, small-adversarial, mimi-24khz, tiny) or a YAML file. Default:"
                            + " small.")
    private @Nullable String config;

    @Option(
            names = "--data",
            paramLabel = "DIR|MANIFEST",
            description = "A folder of audio, searched with its subfolders, or a list of files.")
    private @Nullable Path data;

    @Option(names = "--out", paramLabel = "RUN", description = "The run's folder; must be new or empty.")
    private @Nullable Path out;

    @Option(
            names = "--init",
            paramLabel = "CHECKPOINT",
            description = "Start from these weights to fine-tune them: a run, of which the best codec is taken, one of"
                    + " its checkpoints, or a codec's file. The discriminator beside it is taken as well.")
    private @Nullable Path init;

    @Option(names = "--resume", description = "Continue the run in --out from its newest checkpoint.")
    private boolean resume;

    @Mixin
    @SuppressWarnings("unused") // it acts while the command line is parsed
    private DeviceOption device = new DeviceOption();

    @Option(names = "--show", description = "Print the configuration with its explanations and stop.")
    private boolean show;

    @Parameters(
            paramLabel = "key=value",
            arity = "0..*",
            description = "Values that replace those of the configuration, such as steps=500.")
    private List<String> overrides = new ArrayList<>();

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter screen = spec.commandLine().getOut();
        String name = config == null ? "small" : config;
        if (show) {
            screen.print(MimiTrainConfig.text(name));
            screen.flush();
            return 0;
        }
        Path folder = required("--out", out);
        Path source = required("--data", data);
        if (resume && config != null) {
            throw new ParameterException(
                    spec.commandLine(), "--resume continues with the run's own configuration: leave --config out");
        }
        if (resume && init != null) {
            throw new ParameterException(
                    spec.commandLine(), "--resume continues with the run's own weights: leave --init out");
        }
        MimiTrainConfig settings = resume ? null : MimiTrainConfig.load(name, overrides);
        AudioDataset dataset = AudioDataset.scan(source);
        screen.println(dataset.summary());
        screen.flush();
        try (RunFolder run =
                settings == null ? RunFolder.resume(folder, overrides) : RunFolder.create(folder, settings)) {
            AudioDataset.Split split = dataset.split(run.config().data().validationShare());
            if (split.validation().clips().isEmpty()) {
                screen.println("nothing will be validated: the only file is trained on");
                screen.flush();
            }
            MimiTrainer trainer = new MimiTrainer(run, split);
            if (init != null) {
                try (Mimi codec = CodecFile.load(init, null)) {
                    trainer.initialize(codec, CodecFile.file(init)).forEach(screen::println);
                    screen.flush();
                }
            }
            boolean finished = train(trainer);
            dataset.skipped().forEach(file -> screen.println("skipped " + file.name() + ": " + file.reason()));
            trainer.failures().forEach((file, failure) -> screen.println("skipped " + file + ": " + failure.problem()));
            screen.println(
                    finished ? "done; the best codec is " + run.bestCodec() : "interrupted; continue with --resume");
            screen.flush();
            return finished ? 0 : 1;
        }
    }

    private Path required(String option, @Nullable Path value) {
        if (value == null) {
            throw new ParameterException(spec.commandLine(), "Missing required option: '" + option + "'");
        }
        return value;
    }

    /** Ctrl-C ends the step at hand and saves. */
    private static boolean train(MimiTrainer trainer) throws IOException, InterruptedException {
        try (StopSignal _ = new StopSignal(trainer::interrupt)) {
            return trainer.train();
        }
    }
}
