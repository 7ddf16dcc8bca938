package org.openmoshi.train.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.openmoshi.train.quickstart.Quickstart;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The main job: speech in, a trained codec and a page to hear and see it out. */
@Command(
        name = "quickstart",
        description = "Trains a small codec in minutes and writes a page that shows and plays what it learned.",
        footer = {
            "",
            "Examples:",
            "  openmoshi quickstart",
            "  openmoshi quickstart --data recordings --minutes 20 steps=4000",
            "",
            "An interrupted quickstart goes on when the same command is given again."
        })
final class QuickstartCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(
            names = "--data",
            paramLabel = "DIR|MANIFEST",
            description = "Your own speech: a folder of audio, searched with its subfolders, or a list of files."
                    + " Default: synthetic speech.")
    private @Nullable Path data;

    @Option(
            names = "--out",
            paramLabel = "RUN",
            description = "The run's folder. Default: runs/quickstart, or with the next free number.")
    private @Nullable Path out;

    @Option(
            names = "--minutes",
            paramLabel = "M",
            defaultValue = "6",
            description = "Ends training early after this time, wherever it is. Default: ${DEFAULT-VALUE}.")
    private double minutes;

    @Mixin
    @SuppressWarnings("unused") // it acts while the command line is parsed
    private DeviceOption device = new DeviceOption();

    @Parameters(
            paramLabel = "key=value",
            arity = "0..*",
            description = "Values that replace those of training configuration small.")
    private List<String> overrides = new ArrayList<>();

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (!(minutes > 0 && minutes <= 1e6)) {
            throw new ParameterException(spec.commandLine(), "--minutes must be above 0, not " + minutes);
        }
        Duration limit = Duration.ofMillis(Math.round(minutes * 60_000));
        Quickstart quickstart = new Quickstart(
                new Quickstart.Settings(data, out, limit, overrides),
                spec.commandLine().getOut());
        try (StopSignal _ = new StopSignal(quickstart::interrupt)) {
            return quickstart.run() ? 0 : 1;
        }
    }
}
