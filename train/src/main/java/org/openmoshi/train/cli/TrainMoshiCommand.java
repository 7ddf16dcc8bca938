package org.openmoshi.train.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.openmoshi.models.moshi.MoshiConfig;
import org.openmoshi.models.moshi.MoshiModel;
import org.openmoshi.train.moshi.MoshiRun;
import org.openmoshi.train.moshi.MoshiTrainConfig;
import org.openmoshi.train.moshi.MoshiTrainer;
import org.openmoshi.train.moshi.TokenShards;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Trains the language model on tokenized conversations. */
@Command(
        name = "moshi",
        description = "Trains the Moshi language model on tokens of conversations.",
        footer = {
            "",
            "Examples:",
            "  openmoshi train moshi --stage tiny --data tokens --out runs/lm",
            "  openmoshi train moshi --stage tiny --data tokens --out runs/lm --resume",
            "  openmoshi train moshi --stage finetune --data tokens --out runs/lora init=moshi.safetensors",
            "",
            "Ctrl-C saves a checkpoint and stops. The keys are explained in the shipped stages:",
            "  openmoshi train moshi --stage pretrain --show"
        })
final class TrainMoshiCommand implements Callable<Integer> {
    private static final double GIB = 1 << 30;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(
            names = "--stage",
            paramLabel = "NAME|FILE",
            description = "A shipped stage (pretrain, posttrain, dialogue, instruct, finetune, tiny) or a YAML file."
                    + " Default: tiny.")
    private @Nullable String stage;

    @Option(names = "--data", paramLabel = "DIR", description = "A folder of tokens.")
    private @Nullable Path data;

    @Option(names = "--out", paramLabel = "RUN", description = "The run's folder; must be new or empty.")
    private @Nullable Path out;

    @Option(names = "--resume", description = "Continue the run in --out from its newest checkpoint.")
    private boolean resume;

    @Option(names = "--dry-run", description = "Say how large model and training are, and stop.")
    private boolean dryRun;

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
        String name = stage == null ? "tiny" : stage;
        if (show) {
            screen.print(MoshiTrainConfig.text(name));
            screen.flush();
            return 0;
        }
        if (dryRun) {
            describe(MoshiTrainConfig.load(name, overrides), screen);
            return 0;
        }
        Path folder = required("--out", out);
        Path tokens = required("--data", data);
        if (resume && stage != null) {
            throw new ParameterException(
                    spec.commandLine(), "--resume continues with the run's own configuration: leave --stage out");
        }
        try (TokenShards shards = TokenShards.open(tokens);
                MoshiRun run = resume
                        ? MoshiRun.resume(folder, overrides)
                        : MoshiRun.create(folder, MoshiTrainConfig.load(name, overrides))) {
            MoshiTrainer trainer = new MoshiTrainer(run, shards);
            screen.printf(
                    "%d conversations to train on, %d held out, %.1f minutes in all%n",
                    trainer.trainingSamples(),
                    trainer.validationSamples(),
                    shards.frames() / shards.identity().frameRate() / 60);
            screen.flush();
            boolean finished;
            try (StopSignal _ = new StopSignal(trainer::interrupt)) {
                finished = trainer.train();
            }
            screen.println(
                    finished
                            ? "done; the best checkpoint is " + run.bestCheckpoint()
                            : "interrupted; continue with --resume");
            screen.flush();
            return finished ? 0 : 1;
        }
    }

    /** Parameters, the memory that weights and optimizer take, and the work of a step. */
    private static void describe(MoshiTrainConfig config, PrintWriter screen) {
        MoshiConfig shape = MoshiConfig.named(config.model());
        try (MoshiModel model = MoshiModel.shapes(shape)) {
            long parameters = model.stateDict().parameterCount();
            boolean adapters = config.lora().rank() > 0;
            long frames = (long) config.data().windowFrames()
                    * config.data().batchSize()
                    * config.data().accumulation();
            screen.printf("model        %s: %,d parameters%n", config.model(), parameters);
            screen.printf("weights      %.2f GiB in float32%n", parameters * 4 / GIB);
            screen.printf(
                    "training     %s%n",
                    adapters
                            ? "adapters of rank " + config.lora().rank() + " only"
                            : "%.2f GiB more for gradients and AdamW's moments".formatted(parameters * 12 / GIB));
            screen.printf("a step       %,d frames, %.1f s of audio%n", frames, frames / 12.5);
            screen.printf(
                    "all steps    %,d, %.1f hours of audio%n", config.steps(), config.steps() * frames / 12.5 / 3600);
            screen.flush();
        }
    }

    private Path required(String option, @Nullable Path value) {
        if (value == null) {
            throw new ParameterException(spec.commandLine(), "Missing required option: '" + option + "'");
        }
        return value;
    }
}
