package org.openmoshi.benchmarks;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.Backends;
import org.openmoshi.tensor.device.DeviceBackend;
import org.openmoshi.train.check.KernelCase;

/**
 * Every kernel on a device next to the CPU backend, a check that a kernel is sane and not a contest; and what launches
 * cost there.
 */
record DeviceRows(String device, Pattern filter, Path logs) {
    private static final String ROW = "| %s | %.4f ms | %.4f ms | %.2f |%n";
    private static final String CALLS = "small operation";
    private static final String RECORDED = "small operation, recorded";
    private static final String STEP = "launches of a training step";

    /** Measures and prints. */
    void print(PrintStream out) throws RunnerException {
        List<KernelCase> kernels = KernelCase.all();
        List<String> launches = List.of(CALLS, RECORDED, STEP);
        if (kernels.stream().noneMatch(kernel -> matches(kernel.name()))
                && launches.stream().noneMatch(this::matches)) {
            throw new IllegalArgumentException("no row matches " + filter
                    + "; the names are those of ./openmoshi gpu-check --plan, and " + String.join("; ", launches));
        }
        out.printf("| kernel | cpu | %s | cpu / %s |%n|---|---|---|---|%n", device, device);
        for (int i = 0; i < kernels.size(); i++) {
            row(out, kernels.get(i).name(), KernelBenchmark.class, "run", "number", Integer.toString(i));
        }
        row(out, CALLS, LaunchBenchmark.class, "calls");
        row(out, RECORDED, LaunchBenchmark.class, "recorded");
        if (matches(STEP)) {
            out.printf("%s: %d%n", STEP, launchesOfAStep());
        }
    }

    private boolean matches(String name) {
        return filter.matcher(name).find();
    }

    private void row(PrintStream out, String name, Class<?> type, String method, String... parameter)
            throws RunnerException {
        if (matches(name)) {
            double cpu = milliseconds("cpu", type, method, parameter);
            double other = milliseconds(device, type, method, parameter);
            out.printf(Locale.ROOT, ROW, name, cpu, other, cpu / other);
        }
    }

    private double milliseconds(String backend, Class<?> type, String method, String... parameter)
            throws RunnerException {
        OptionsBuilder options = new OptionsBuilder();
        String log = String.join("-", type.getSimpleName(), method, String.join("-", parameter), backend);
        options.include("^" + Pattern.quote(type.getName()) + "\\." + method + "$")
                .param("backend", backend)
                .forks(1)
                .shouldFailOnError(true)
                .output(logs.resolve(log.replace(':', '-') + ".log").toString());
        if (parameter.length > 0) {
            options.param(parameter[0], parameter[1]);
        }
        return new Runner(options.build())
                .runSingle()
                .getPrimaryResult()
                .getStatistics()
                .getPercentile(50);
    }

    /** What the step of {@link TrainingBenchmark} makes the host ask of the device, after the first one. */
    private long launchesOfAStep() {
        if (!(Backends.named(device) instanceof DeviceBackend backend)) {
            throw new IllegalArgumentException(device + " launches nothing: it is no device");
        }
        Backend before = Backends.setDefault(backend);
        TrainingBenchmark.Ours training = new TrainingBenchmark.Ours();
        try {
            training.open();
            training.step();
            long start = backend.launches();
            training.step();
            return backend.launches() - start;
        } finally {
            training.close();
            Backends.setDefault(before);
        }
    }
}
