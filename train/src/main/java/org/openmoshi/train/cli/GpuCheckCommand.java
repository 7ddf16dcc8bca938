package org.openmoshi.train.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.openmoshi.tensor.Backend;
import org.openmoshi.train.check.DeviceReport;
import org.openmoshi.train.check.OperationCheck;
import org.openmoshi.train.data.SpeechCorpus;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Checks a device where it is. */
@Command(
        name = "gpu-check",
        description = "Checks a GPU: every operation against the reference, times of kernels, and a training run beside"
                + " the CPU's. Writes one page.",
        footer = {"", "Exit code 1 if an operation or the training run is not as it should be."})
final class GpuCheckCommand implements Callable<Integer> {
    /** The parts of the check. */
    private enum Part {
        OPERATIONS,
        KERNELS,
        TRAINING
    }

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(names = "--device", paramLabel = "NAME", description = "cuda:N or opencl:N (default: ${DEFAULT-VALUE}).")
    private String device = "cuda:0";

    @Option(names = "--out", paramLabel = "FILE", description = "The page (default: ${DEFAULT-VALUE}).")
    private Path out = Path.of("gpu-report.md");

    @Option(
            names = "--only",
            paramLabel = "PART",
            description = "operations, kernels or training; may be repeated. All unless given.")
    private Set<Part> only = EnumSet.allOf(Part.class);

    @Option(
            names = "--filter",
            paramLabel = "REGEX",
            description = "Only operations and kernels whose name contains a match.")
    private Pattern filter = Pattern.compile("");

    @Option(names = "--steps", paramLabel = "N", description = "Steps of the training run (default: ${DEFAULT-VALUE}).")
    private int steps = 20;

    @Option(
            names = "--plan",
            description = "Print what each kernel could reach at best on an H100, and stop; needs no device.")
    private boolean plan;

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter screen = spec.commandLine().getOut();
        if (plan) {
            screen.print(DeviceReport.plan());
            screen.flush();
            return 0;
        }
        if (steps < 2) {
            throw new ParameterException(spec.commandLine(), "--steps must be at least 2, got " + steps);
        }
        Backend backend = DeviceOption.named(device, spec);
        DeviceReport report = new DeviceReport(backend);
        report.write(out); // a place that cannot be written is found out before the work, not after
        try {
            check(report, backend, screen);
        } finally {
            report.write(out); // what is done so far, also when a part fails
        }
        screen.println((report.passed() ? "all is well; see " : "NOT all is well; see ") + out);
        screen.flush();
        return report.passed() ? 0 : 1;
    }

    private void check(DeviceReport report, Backend backend, PrintWriter screen)
            throws IOException, InterruptedException {
        if (only.contains(Part.OPERATIONS)) {
            try (WorkBar bar = new WorkBar("operations")) {
                OperationCheck operations = OperationCheck.run(backend, filter, bar);
                report.operations(operations);
                screen.println(operations.runs() - operations.failed() + " of " + operations.runs()
                        + " cases of operations agree with the reference");
                screen.flush();
            }
        }
        if (only.contains(Part.KERNELS)) {
            try (WorkBar bar = new WorkBar("kernels")) {
                report.kernels(backend, filter, bar);
            }
        }
        if (only.contains(Part.TRAINING)) {
            Path folder = Files.createTempDirectory("openmoshi-check");
            try {
                report.training(backend, steps, folder);
            } finally {
                SpeechCorpus.delete(folder);
            }
        }
    }
}
