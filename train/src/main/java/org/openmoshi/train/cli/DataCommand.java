package org.openmoshi.train.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Groups what prepares data for the language model. */
@Command(
        name = "data",
        description = "Prepares conversations for the language model.",
        subcommands = {DataDialogueCommand.class, DataTokenizeCommand.class},
        synopsisSubcommandLabel = "STEP")
final class DataCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Missing step");
    }
}
