package org.openmoshi.train.cli;

import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * The command line's main class. Exit codes: 0 done, 1 failed (one message on standard error), 2 wrong usage.
 *
 * <p>A new command is a class with {@link Command} that implements {@link Runnable}, or {@link
 * java.util.concurrent.Callable} of {@code Integer} where it has an exit code of its own, and an entry in the list
 * below.
 */
@Command(
        name = "openmoshi",
        description = "Trains and runs the Mimi neural audio codec and the Moshi language model.",
        subcommands = {
            QuickstartCommand.class,
            TrainCommand.class,
            CodecCommand.class,
            DataCommand.class,
            ConvertCommand.class,
            TalkCommand.class,
            GoldenCommand.class,
            InfoCommand.class,
            GpuCheckCommand.class
        },
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Also: openmoshi test [maven arguments] runs the tests, openmoshi bench runs the benchmarks.",
            "Exit codes: 0 done, 1 failed, 2 wrong usage."
        })
public final class OpenMoshi implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    public static void main(String[] args) {
        int code = execute(commandLine(new OpenMoshi()), args);
        StopSignal.programEnded();
        System.exit(code);
    }

    /**
     * A command line with the options that all have: {@code --help} and {@code --debug}.
     *
     * @param command an object that picocli takes as a command
     */
    public static CommandLine commandLine(Object command) {
        CommandLine line = new CommandLine(command);
        line.addMixin("common", new CommonOptions());
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setExecutionExceptionHandler((thrown, failed, parsed) -> report(thrown, line));
        line.setParameterExceptionHandler((thrown, arguments) -> wrongUsage(thrown));
        return line;
    }

    /** Runs a command line of {@link #commandLine} and returns the exit code. */
    public static int execute(CommandLine line, String... args) {
        try {
            return line.execute(args);
        } catch (Error e) { // picocli lets errors through; running out of memory deserves its message
            return report(e, line);
        }
    }

    private static int report(Throwable thrown, CommandLine line) {
        PrintWriter err = line.getErr();
        err.println("openmoshi: " + Failure.message(thrown));
        CommonOptions options = (CommonOptions) line.getMixins().get("common");
        if (options != null && options.debug) {
            thrown.printStackTrace(err);
        }
        err.flush();
        return CommandLine.ExitCode.SOFTWARE;
    }

    /** One message. The whole help follows only where a command is missing, which it lists. */
    private static int wrongUsage(ParameterException thrown) {
        CommandLine failed = thrown.getCommandLine();
        PrintWriter err = failed.getErr();
        err.println("openmoshi: " + thrown.getMessage());
        boolean suggested = CommandLine.UnmatchedArgumentException.printSuggestions(thrown, err);
        if (!suggested && !failed.getSubcommands().isEmpty()) {
            failed.usage(err);
        } else {
            err.println("Try '" + failed.getCommandSpec().qualifiedName() + " --help'.");
        }
        err.flush();
        return CommandLine.ExitCode.USAGE;
    }

    /** Reached only when no command is named. */
    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Missing command");
    }

    private static final class CommonOptions {
        @Option(
                names = {"-h", "--help"},
                usageHelp = true,
                scope = ScopeType.INHERIT,
                description = "Show this help.")
        @SuppressWarnings("unused") // picocli acts on it
        private boolean help;

        @Option(
                names = "--debug",
                scope = ScopeType.INHERIT,
                description = "If the command fails, print the stack trace too.")
        private boolean debug;
    }
}
