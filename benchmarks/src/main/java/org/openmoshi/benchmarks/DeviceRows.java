package org.openmoshi.benchmarks;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openmoshi.train.check.KernelCase;

/** Every kernel on a device next to the CPU backend: a check that a kernel is sane, not a contest. */
record DeviceRows(String device, Pattern filter, Path logs) {
    private static final String ROW = "| %s | %.3f ms | %.3f ms | %.2f |%n";

    /** Measures and prints. */
    void print(PrintStream out) throws RunnerException {
        List<KernelCase> kernels = KernelCase.all();
        if (kernels.stream().noneMatch(kernel -> filter.matcher(kernel.name()).find())) {
            throw new IllegalArgumentException(
                    "no kernel matches " + filter + "; the names are those of ./openmoshi gpu-check --plan");
        }
        out.printf("| kernel | cpu | %s | cpu / %s |%n|---|---|---|---|%n", device, device);
        for (int i = 0; i < kernels.size(); i++) {
            if (filter.matcher(kernels.get(i).name()).find()) {
                double cpu = milliseconds(i, "cpu");
                double other = milliseconds(i, device);
                out.printf(Locale.ROOT, ROW, kernels.get(i).name(), cpu, other, cpu / other);
            }
        }
    }

    private double milliseconds(int number, String backend) throws RunnerException {
        OptionsBuilder options = new OptionsBuilder();
        options.include("^" + Pattern.quote(KernelBenchmark.class.getName()) + "\\.run$")
                .param("number", Integer.toString(number))
                .param("backend", backend)
                .forks(1)
                .shouldFailOnError(true)
                .output(logs.resolve("kernel-" + number + "-" + backend.replace(':', '-') + ".log")
                        .toString());
        return new Runner(options.build())
                .runSingle()
                .getPrimaryResult()
                .getStatistics()
                .getPercentile(50);
    }
}
