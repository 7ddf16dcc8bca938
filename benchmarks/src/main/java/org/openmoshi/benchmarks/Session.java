package org.openmoshi.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.openmoshi.benchmarks.pytorch.TorchScript;
import org.openmoshi.tensor.cpu.Parallel;

/**
 * Runs JMH. Every measurement is a fresh process; where there are peers, ours and PyTorch's take turns, so that what
 * slows the machine for a while hits both.
 *
 * @param peers whether PyTorch is measured as well
 * @param quick fewer and shorter iterations, one round
 * @param filter rows whose name contains a match are run
 * @param logs folder for JMH's own output
 */
record Session(boolean peers, boolean quick, Pattern filter, Path logs) {
    private static final String OURS = "Ours";
    private static final String PYTORCH = "PyTorch";
    private static final int ROUNDS = 2;

    /** One row's methods with the parameters that the filter leaves. */
    private record Family(String method, boolean hasPeer, Map<String, List<String>> parameters) {}

    /** What was seen of one side of one row. */
    private static final class Samples {
        final List<Double> times = new ArrayList<>();
        final List<Double> allocated = new ArrayList<>();
        double peakMemory = Double.NaN;
    }

    /**
     * Measures every row of the filter.
     *
     * @param finished is told each row as it is finished
     * @return the benchmarks that threw; the log shows why
     */
    List<String> run(List<Integer> threadCounts, Consumer<Row> finished) {
        List<Family> families = families();
        List<String> failed = new ArrayList<>();
        for (int threads : threadCounts) {
            for (Family family : families) {
                try {
                    measure(family, threads).forEach(finished);
                } catch (RunnerException e) {
                    failed.add(row(family.method, List.of()) + ", threads " + threads);
                }
            }
        }
        return failed;
    }

    /** Names of the rows that the filter leaves, each once. */
    List<String> rows() {
        List<String> names = new ArrayList<>();
        for (Family family : families()) {
            names.addAll(rows(family.method, family.parameters));
        }
        return names;
    }

    private List<Family> families() {
        Set<String> peerMethods = new HashSet<>();
        for (BenchmarkListEntry entry : methods(PYTORCH)) {
            peerMethods.add(method(entry, PYTORCH));
        }
        List<Family> families = new ArrayList<>();
        for (BenchmarkListEntry entry : methods(OURS)) {
            String method = method(entry, OURS);
            Map<String, List<String>> parameters = new LinkedHashMap<>();
            entry.getParams().orElse(Map.of()).forEach((name, values) -> {
                List<String> kept = new ArrayList<>();
                for (String value : values) {
                    if (filter.matcher(row(method, List.of(value))).find()) {
                        kept.add(value);
                    }
                }
                parameters.put(name, kept);
            });
            if (rows(method, parameters).stream().anyMatch(filter.asPredicate())) {
                families.add(new Family(method, peerMethods.contains(method), parameters));
            }
        }
        return families;
    }

    private static Set<BenchmarkListEntry> methods(String side) {
        return BenchmarkList.defaultList()
                .find(
                        OutputFormatFactory.createFormatInstance(System.err, VerboseMode.SILENT),
                        List.of(Pattern.quote(Session.class.getPackageName()) + ".*" + side + "$"),
                        List.of());
    }

    private static String method(BenchmarkListEntry entry, String side) {
        String name = entry.getUsername();
        return name.substring(0, name.length() - side.length());
    }

    /** No family has more than one parameter. */
    private static List<String> rows(String method, Map<String, List<String>> parameters) {
        if (parameters.isEmpty()) {
            return List.of(row(method, List.of()));
        }
        List<String> rows = new ArrayList<>();
        for (String value : parameters.values().iterator().next()) {
            rows.add(row(method, List.of(value)));
        }
        return rows;
    }

    /** {@code org.openmoshi.benchmarks.Conv1dBenchmark.forward} with a parameter is {@code conv1d.forward parameter}. */
    private static String row(String method, Collection<String> parameters) {
        String name =
                method.substring(Session.class.getPackageName().length() + 1).replace("Benchmark.", ".");
        String row = name.substring(0, 1).toLowerCase(Locale.ROOT) + name.substring(1);
        return parameters.isEmpty() ? row : row + " " + String.join(" ", parameters);
    }

    private List<Row> measure(Family family, int threads) throws RunnerException {
        Map<String, Samples> ours = new LinkedHashMap<>();
        Map<String, Samples> pyTorch = new LinkedHashMap<>();
        for (int round = 0; round < (quick ? 1 : ROUNDS); round++) {
            collect(family, OURS, threads, ours);
            if (peers && family.hasPeer) {
                collect(family, PYTORCH, threads, pyTorch);
            }
        }
        List<Row> rows = new ArrayList<>();
        ours.forEach((name, samples) -> {
            Samples peer = pyTorch.get(name);
            rows.add(new Row(
                    name,
                    threads,
                    Row.Time.of(samples.times),
                    peer == null ? null : Row.Time.of(peer.times),
                    Row.median(samples.allocated),
                    samples.peakMemory));
        });
        return rows;
    }

    private void collect(Family family, String side, int threads, Map<String, Samples> into) throws RunnerException {
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include("^" + Pattern.quote(family.method + side) + "$")
                .jvmArgsAppend(
                        "-D" + Parallel.THREADS_PROPERTY + "=" + threads,
                        "-D" + TorchScript.THREADS_PROPERTY + "=" + threads,
                        "-Dai.djl.offline=true",
                        "-Dlogback.configurationFile=logback-benchmarks.xml")
                .addProfiler(GCProfiler.class)
                .addProfiler(PeakMemory.class)
                .shouldFailOnError(true)
                .verbosity(VerboseMode.NORMAL)
                .output(logOf(family, side, threads).toString());
        family.parameters.forEach((name, values) -> options.param(name, values.toArray(new String[0])));
        if (side.equals(PYTORCH)) {
            // Nothing is compiled on that side.
            options.warmupIterations(2).warmupTime(TimeValue.milliseconds(200));
        }
        if (quick) {
            options.warmupTime(TimeValue.milliseconds(200))
                    .measurementIterations(3)
                    .measurementTime(TimeValue.milliseconds(100));
        }
        for (RunResult result : new Runner(options.build()).run()) {
            BenchmarkParams params = result.getParams();
            List<String> values = new ArrayList<>();
            for (String key : params.getParamsKeys()) {
                values.add(params.getParam(key));
            }
            add(result, into.computeIfAbsent(row(family.method, values), _ -> new Samples()));
        }
    }

    private Path logOf(Family family, String side, int threads) {
        return logs.resolve(row(family.method, List.of()) + "-" + side + "-" + threads + ".log");
    }

    private static void add(RunResult run, Samples samples) {
        for (BenchmarkResult benchmark : run.getBenchmarkResults()) {
            for (IterationResult iteration : benchmark.getIterationResults()) {
                samples.times.add(iteration.getPrimaryResult().getScore());
                samples.allocated.add(secondary(iteration, "gc.alloc.rate.norm"));
                samples.peakMemory = secondary(iteration, PeakMemory.LABEL); // never falls, so the last one counts
            }
        }
    }

    private static double secondary(IterationResult iteration, String label) {
        return iteration.getSecondaryResults().containsKey(label)
                ? iteration.getSecondaryResults().get(label).getScore()
                : Double.NaN;
    }
}
