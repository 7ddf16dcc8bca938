package org.openmoshi.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.runner.RunnerException;
import org.openmoshi.tensor.Backends;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The benchmarks' command line. Exit codes: 0 done, 1 a benchmark failed or a ratio was lost, 2 wrong usage. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Times operations and models with JMH, next to PyTorch if asked.",
            "ratio = PyTorch's time / our time; times are medians of one call, ± half the quartile distance."
        })
public final class Bench implements Callable<Integer> {
    private static final double TOLERANCE = 0.15;

    @Option(names = "--peers", description = "Measure PyTorch too, in turns (fetches its 112 MB at first).")
    private boolean peers;

    @Option(
            names = "--device",
            paramLabel = "NAME",
            description =
                    "Instead: every kernel on this device (such as opencl:0) next to the CPU, and what launches cost.")
    private @Nullable String device;

    @Option(names = "--filter", paramLabel = "REGEX", description = "Only rows whose name contains a match.")
    private Pattern filter = Pattern.compile("");

    @Option(
            names = "--threads",
            split = ",",
            paramLabel = "N",
            description = "Thread counts; one and all processors if not given.")
    private List<Integer> threads = new ArrayList<>();

    @Option(names = "--quick", description = "Short iterations, one round: rough figures in a few minutes.")
    private boolean quick;

    @Option(names = "--list", description = "Print the names of the rows and stop.")
    private boolean list;

    @Option(names = "--guard", description = "With --peers: fail if a ratio fell by more than 15%% since --update.")
    private boolean guard;

    @Option(names = "--update", description = "With --peers: put the measured rows into the result file.")
    private boolean update;

    @Option(
            names = "--results",
            paramLabel = "FILE",
            description = "The result file, ${DEFAULT-VALUE} if not given.",
            defaultValue = "benchmarks/RESULTS.md")
    private Path results;

    @Spec
    private CommandSpec spec;

    private String[] arguments = {};

    /** Runs the command line. */
    public static void main(String... arguments) {
        Bench bench = new Bench();
        bench.arguments = arguments;
        System.exit(new CommandLine(bench).execute(arguments));
    }

    @Override
    public Integer call() throws IOException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        check();
        Path logs = Files.createTempDirectory("openmoshi-bench");
        if (device != null) {
            return deviceRows(device, out, logs);
        }
        Session session = new Session(peers, quick, filter, logs);
        if (session.rows().isEmpty()) {
            throw new ParameterException(spec.commandLine(), "no row matches " + filter + "; --list shows all");
        }
        if (list) {
            session.rows().forEach(out::println);
            return 0;
        }
        Map<Integer, Map<String, String>> saved = Results.read(results);
        String about = about();
        out.println(about);
        out.print(Results.HEADER);
        List<Row> rows = new ArrayList<>();
        List<String> failed = session.run(threadCounts(), row -> {
            rows.add(row);
            out.println(Results.line(row));
            if (update) {
                save(about, rows); // at once: a run takes long and may be interrupted
            }
        });
        reportBars(out, rows);
        int lost = guard ? reportLosses(out, saved, rows) : 0;
        failed.forEach(name -> System.err.println("bench: failed: " + name + ", see " + logs));
        return failed.isEmpty() && lost == 0 ? 0 : 1;
    }

    private int deviceRows(String name, PrintStream out, Path logs) {
        try {
            Backends.named(name);
            new DeviceRows(name, filter, logs).print(out);
            return 0;
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        } catch (RunnerException e) {
            System.err.println("bench: failed: " + e.getMessage() + ", see " + logs);
            return 1;
        }
    }

    private void save(String about, List<Row> rows) {
        try {
            Results.update(results, about, rows);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void check() {
        if (device != null && (peers || quick || list || guard || update || !threads.isEmpty())) {
            throw new ParameterException(spec.commandLine(), "--device goes with --filter alone");
        }
        if ((guard || update) && !peers) {
            throw new ParameterException(spec.commandLine(), "--guard and --update are about ratios: add --peers");
        }
        if (update && quick) {
            throw new ParameterException(spec.commandLine(), "--update keeps figures, and those of --quick are rough");
        }
        if (guard && !Files.exists(results)) {
            throw new ParameterException(
                    spec.commandLine(), "--guard: there is no " + results + " to compare with; name it with --results");
        }
        for (int count : threads) {
            if (count < 1) {
                throw new ParameterException(spec.commandLine(), "--threads: " + count + " is not a number of threads");
            }
        }
    }

    private List<Integer> threadCounts() {
        return threads.isEmpty()
                ? List.copyOf(new TreeSet<>(List.of(1, Runtime.getRuntime().availableProcessors())))
                : threads;
    }

    /** The heading of the result file. */
    private String about() throws IOException {
        return """
                # Benchmark results

                ratio = PyTorch's time / our time (above 1, ours is faster); each time is the median over JMH iterations of
                fresh processes in which the two sides took turns, ± half the distance between the quartiles. "Java heap per
                call" is what JMH's gc profiler counted for our side, "peak memory" the most our process held (VmHWM).

                - Date: %s
                - Command: `./openmoshi bench %s`
                - Machine: %s, %d processors, %s
                - JDK: %s (%s)
                - Backend: %s
                - Peer: PyTorch 2.7.1 (MKL, oneDNN) through DJL, float32, no graph optimizer
                """.formatted(
                        LocalDate.now(),
                        String.join(" ", arguments),
                        processor(),
                        Runtime.getRuntime().availableProcessors(),
                        System.getProperty("os.name") + " " + System.getProperty("os.arch"),
                        Runtime.version(),
                        System.getProperty("java.vendor"),
                        Backends.defaultBackend().name());
    }

    private static String processor() throws IOException {
        Path cpuinfo = Path.of("/proc/cpuinfo");
        if (!Files.isReadable(cpuinfo)) {
            return "unknown processor";
        }
        try (Stream<String> lines = Files.lines(cpuinfo)) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("unknown processor");
        }
    }

    private static void reportBars(PrintStream out, List<Row> rows) {
        for (Row row : rows) {
            OptionalDouble bar = Bars.of(row.name());
            if (bar.isPresent() && row.ratio() < bar.getAsDouble()) {
                out.printf(
                        "below its bar: %s, threads %d: %.2f of %.1f%n",
                        row.name(), row.threads(), row.ratio(), bar.getAsDouble());
            }
        }
    }

    private static int reportLosses(PrintStream out, Map<Integer, Map<String, String>> saved, List<Row> rows) {
        List<String> losses = Results.losses(saved, rows, TOLERANCE);
        losses.forEach(loss -> out.println("lost: " + loss));
        int compared = 0;
        for (Row row : rows) {
            if (Results.savedRatio(saved, row).isPresent() && !Double.isNaN(row.ratio())) {
                compared++;
            } else {
                out.println("not compared: " + row.name() + ", threads " + row.threads());
            }
        }
        out.printf("guard: %d of %d ratios fell by more than %.0f%%%n", losses.size(), compared, 100 * TOLERANCE);
        return losses.size();
    }
}
