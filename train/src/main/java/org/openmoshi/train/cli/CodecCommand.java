package org.openmoshi.train.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Groups what a trained codec does with files. */
@Command(
        name = "codec",
        description = "Turns audio into codes and back with a trained codec.",
        subcommands = {
            CodecEncodeCommand.class,
            CodecDecodeCommand.class,
            CodecRoundtripCommand.class,
            CodecExportCommand.class,
            CodecInspectCommand.class
        },
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Example, with a codec that 'openmoshi train mimi --out runs/first' has trained:",
            "  openmoshi codec encode speech.flac speech.mimi --checkpoint runs/first",
            "  openmoshi codec decode speech.mimi speech.wav --checkpoint runs/first"
        })
final class CodecCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Missing command");
    }
}
