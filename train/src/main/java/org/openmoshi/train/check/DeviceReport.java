package org.openmoshi.train.check;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleConsumer;
import java.util.regex.Pattern;
import org.openmoshi.tensor.Backend;

/** One page of Markdown on a device: written from top to bottom as the checks are done. */
public final class DeviceReport {
    private final StringBuilder text = new StringBuilder();
    private boolean passed = true;

    /** A report that begins with what is checked. */
    public DeviceReport(Backend backend) {
        line("# Check of %s", backend.name());
        line("");
        line("- device: %s", backend.description());
        line("- date: %s", LocalDate.now());
        line("- JDK %s, %s %s", Runtime.version(), System.getProperty("os.name"), System.getProperty("os.arch"));
    }

    private void line(String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values)).append('\n');
    }

    /** Adds the operations. */
    public void operations(OperationCheck check) {
        passed &= check.failed() == 0;
        line("");
        line("## Operations: %d of %d cases agree with the reference", check.runs() - check.failed(), check.runs());
        line("");
        line("| operation | cases | failed | float32 error | float64 error |");
        line("|---|---|---|---|---|");
        check.outcomes()
                .forEach((name, o) -> line(
                        "| %s | %d | %d | %.1e | %.1e |",
                        name, o.runs, o.failures.size(), o.float32Error, o.float64Error));
        check.outcomes()
                .forEach((name, o) -> o.failures.forEach(failure -> {
                    line("");
                    line("%s failed:", name);
                    line("");
                    failure.lines().forEach(row -> line("    %s", row));
                }));
    }

    /** Times the kernels whose name contains a match and adds them, beside the device's limits where it knows them. */
    public void kernels(Backend backend, Pattern filter, DoubleConsumer progress) {
        List<KernelCase> kernels = KernelCase.all().stream()
                .filter(kernel -> filter.matcher(kernel.name()).find())
                .toList();
        Limits limits = Limits.of(backend);
        line("");
        line("## Kernels");
        line("");
        line(
                "Limits of the device: %s. One launch costs %.1f us, and %.1f us in a recorded step.",
                limits,
                1e3 * KernelTiming.launchMilliseconds(backend),
                1e3 * KernelTiming.recordedLaunchMilliseconds(backend));
        line("");
        line("| kernel | time | GFLOP/s | GB/s | share of the limit |");
        line("|---|---|---|---|---|");
        for (KernelTiming timing : KernelTiming.all(kernels, backend, progress)) {
            double share = timing.kernel().leastMilliseconds(limits) / timing.milliseconds();
            line(
                    "| %s | %.3f ms | %.0f | %.1f | %s |",
                    timing.kernel().name(),
                    timing.milliseconds(),
                    timing.gigaflops(),
                    timing.gigabytes(),
                    Double.isNaN(share) ? "not known" : String.format(Locale.ROOT, "%.0f%%", 100 * share));
        }
    }

    /** Trains a small model by the reference, on the CPU and on the device, and adds how far each strays. */
    public void training(Backend backend, int steps, Path folder) throws IOException, InterruptedException {
        TrainingCheck check = TrainingCheck.run(backend, steps, folder);
        passed &= check.follows();
        line("");
        line("## Training: %s", check.follows() ? "follows the reference" : "STRAYS FROM THE REFERENCE");
        line("");
        line(
                "%d steps of `tiny`. Relative difference of the spectral losses from the scalar reference, root mean"
                        + " square: %.1e on the CPU, %.1e on the device (at most %.0f times the CPU's)."
                        + " CPU %.1f s, device %.1f s, with validation and checkpoint.",
                steps,
                check.cpuDifference(),
                check.deviceDifference(),
                TrainingCheck.ALLOWANCE,
                check.cpuSeconds(),
                check.deviceSeconds());
        line("");
        line("| step | reference | CPU | device |");
        line("|---|---|---|---|");
        for (int i = 0; i < Math.min(check.cpu().size(), check.device().size()); i++) {
            line(
                    "| %d | %.6f | %.6f | %.6f |",
                    i + 1,
                    check.reference().get(i),
                    check.cpu().get(i),
                    check.device().get(i));
        }
    }

    /** What each kernel could reach at best on an H100, from its bytes and its arithmetic: the plan that a run is judged by. */
    public static String plan() {
        StringBuilder plan = new StringBuilder();
        plan.append(String.format(
                Locale.ROOT,
                "| kernel | GFLOP | MB | FLOP per byte | H100, least time | limit |%n|---|---|---|---|---|---|%n"));
        List<KernelCase> kernels = KernelCase.all();
        for (KernelCase kernel : kernels) {
            plan.append(String.format(
                    Locale.ROOT,
                    "| %s | %.3f | %.1f | %.1f | %.4f ms | %s |%n",
                    kernel.name(),
                    kernel.gigaflops(),
                    kernel.megabytes(),
                    kernel.intensity(),
                    kernel.leastMilliseconds(Limits.H100),
                    kernel.limit(Limits.H100)));
        }
        return plan.toString();
    }

    /** True while nothing has failed. */
    public boolean passed() {
        return passed;
    }

    /** Writes the page. */
    public void write(Path file) throws IOException {
        Files.writeString(file, text);
    }
}
