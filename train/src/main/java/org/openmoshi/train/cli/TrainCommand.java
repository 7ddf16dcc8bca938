package org.openmoshi.train.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Groups the trainers. */
@Command(
        name = "train",
        description = "Trains a model.",
        subcommands = {TrainMimiCommand.class, TrainMoshiCommand.class},
        synopsisSubcommandLabel = "MODEL")
final class TrainCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Missing model");
    }
}
