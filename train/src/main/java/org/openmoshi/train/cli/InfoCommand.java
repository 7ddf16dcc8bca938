package org.openmoshi.train.cli;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.BackendProvider;
import org.openmoshi.tensor.Backends;
import org.openmoshi.tensor.cpu.Parallel;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Shows what the engine runs on. */
@Command(name = "info", description = "Shows the JDK, the machine, and the backends.")
final class InfoCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(
            names = "--ops",
            description = "Shows what computes each operation on each backend, by running the operation suite's cases.")
    private boolean ops;

    @Override
    public void run() {
        PrintWriter out = spec.commandLine().getOut();
        if (ops) {
            List<Backend> backends = new ArrayList<>();
            backends(backends::add, sentence -> row(out, "backend", sentence));
            OperationTable.write(out, backends);
            out.flush();
            return;
        }
        row(out, "JDK", Runtime.version() + ", " + property("java.vendor") + ", " + property("java.home"));
        row(out, "system", property("os.name") + " " + property("os.version") + ", " + property("os.arch"));
        row(out, "processor", processor() + ", " + Runtime.getRuntime().availableProcessors() + " available");
        row(
                out,
                "threads",
                Parallel.threads() + " (set with OPENMOSHI_JVM_ARGS=-D" + Parallel.THREADS_PROPERTY + "=N)");
        row(out, "memory", memory());
        row(out, "Java heap", (Runtime.getRuntime().maxMemory() >> 20) + " MB (set with OPENMOSHI_HEAP)");
        backends(
                backend -> row(out, "backend", backend.name() + ": " + backend.description()),
                sentence -> row(out, "backend", sentence));
        out.flush();
    }

    /** Opens all backends; one that cannot be opened is a sentence and no reason not to show the others. */
    private static void backends(Consumer<Backend> found, Consumer<String> missing) {
        for (BackendProvider provider : Backends.providers()) {
            String reason = provider.unavailableReason();
            if (!reason.isEmpty()) {
                missing.accept(provider.kind() + " is unavailable: " + reason);
            }
            for (int device = 0; device < provider.deviceCount(); device++) {
                try {
                    found.accept(provider.open(device));
                } catch (IllegalStateException | IllegalArgumentException e) {
                    missing.accept(provider.kind() + ":" + device + " cannot be opened: " + e.getMessage());
                }
            }
        }
    }

    /** Of the machine; tensors live there, outside the Java heap. */
    private static String memory() {
        if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system) {
            return (system.getTotalMemorySize() >> 20) + " MB, " + (system.getFreeMemorySize() >> 20) + " MB unused";
        }
        return "unknown";
    }

    private static void row(PrintWriter out, String name, String value) {
        out.printf("%-12s %s%n", name, value);
    }

    private static String property(String name) {
        return System.getProperty(name, "unknown");
    }

    /** The processor's name where the system tells it in a file, otherwise only its architecture. */
    private static String processor() {
        Path cpuinfo = Path.of("/proc/cpuinfo");
        if (Files.isReadable(cpuinfo)) {
            try (Stream<String> lines = Files.lines(cpuinfo)) {
                return lines.filter(line -> line.startsWith("model name"))
                        .map(line -> line.substring(line.indexOf(':') + 1).strip())
                        .findFirst()
                        .orElse(property("os.arch"));
            } catch (IOException e) {
                return property("os.arch"); // the name is for reading only
            }
        }
        return property("os.arch");
    }
}
