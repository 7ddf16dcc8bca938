package org.openmoshi.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.openmoshi.kernels.cuda.testing.EmulatedCuda;

/**
 * Compiles kernels with nvcc to machine code, those of float32 and on tensor cores for sm_80, sm_90 and the newest architecture that nvcc
 * knows, those of other types for sm_80. Writes a table of registers, shared memory and spills.
 */
final class NvccCheck {
    private static final int MAX_SHARED_BYTES = 32 << 10;
    private static final Pattern FILE = Pattern.compile("^#line 1 \"(\\w+\\.cu)\"$", Pattern.MULTILINE);
    private static final Pattern DEFINE = Pattern.compile("^#define (\\w+) 1$", Pattern.MULTILINE);
    private static final Pattern ENTRY = Pattern.compile("Compiling entry function '(\\w+)' for 'sm_(\\w+)'");
    private static final Pattern SPILLS = Pattern.compile("(\\d+) bytes spill stores, (\\d+) bytes spill loads");
    private static final Pattern USED = Pattern.compile("Used (\\d+) registers");
    private static final Pattern SHARED = Pattern.compile("(\\d+) bytes smem");

    /** A source, and the architecture it is compiled for. */
    private record Unit(String file, String defines, int architecture, String source) {
        String title() {
            return file + " " + defines + " sm_" + architecture;
        }
    }

    /** What nvcc and ptxas said, and whether it compiled. */
    private record Result(boolean compiled, String log) {}

    private final Path folder;

    private NvccCheck(Path folder) {
        this.folder = folder;
    }

    /** A test per source and architecture, and one of the table. */
    static Stream<DynamicTest> of(List<String> sources) {
        Path home = EmulatedCuda.home();
        NvccCheck check = new NvccCheck(home.resolve("nvcc"));
        int newest;
        try {
            Files.createDirectories(check.folder);
            newest = newest(run(List.of("nvcc", "--list-gpu-arch")).log);
        } catch (IOException e) {
            assumeTrue(false, "nvcc is not installed: CUDA kernels are not compiled for real architectures");
            return Stream.of();
        }
        Map<String, Unit> units = new LinkedHashMap<>();
        for (String source : sources) {
            for (Unit unit : units(source, newest)) {
                units.put(unit.title(), unit);
            }
        }
        assertThat(units)
                .as("sources that the suites have used before this test")
                .isNotEmpty();
        Map<String, Future<Result>> results = new LinkedHashMap<>();
        try (ExecutorService pool = Executors.newFixedThreadPool(2)) {
            units.forEach((title, unit) -> results.put(title, pool.submit(() -> check.compile(unit))));
        }
        Stream<DynamicTest> compiles = units.values().stream()
                .map(unit -> dynamicTest(unit.title(), () -> {
                    Result result = results.get(unit.title()).get();
                    assertThat(result.compiled).as(result.log).isTrue();
                }));
        return Stream.concat(
                compiles,
                Stream.of(dynamicTest(
                        "table", () -> writeTable(units, results, home.resolveSibling("cuda-kernels.md")))));
    }

    private static int newest(String architectures) {
        return Pattern.compile("compute_(\\d+)")
                .matcher(architectures)
                .results()
                .mapToInt(match -> Integer.parseInt(match.group(1)))
                .max()
                .orElseThrow();
    }

    /** Empty for the kernels of tests. */
    private static List<Unit> units(String source, int newest) {
        Matcher file = FILE.matcher(source);
        assertThat(file.find()).as("a source begins with its file's name").isTrue();
        List<Unit> units = new ArrayList<>();
        if (isProduct(file.group(1))) {
            String head = source.substring(0, file.start());
            String defines = String.join(
                    " ",
                    DEFINE.matcher(head).results().map(match -> match.group(1)).toList());
            units.add(new Unit(file.group(1), defines, 80, source));
            if (defines.startsWith("TYPE_F32") || file.group(1).endsWith("_wmma.cu")) {
                units.add(new Unit(file.group(1), defines, 90, source));
                units.add(new Unit(file.group(1), defines, newest, source));
            }
        }
        return units;
    }

    private static boolean isProduct(String file) {
        return !String.valueOf(CudaDevice.class.getResource(file)).contains("/test-classes/");
    }

    /** Compiles unless this source was compiled before. */
    private Result compile(Unit unit) throws IOException {
        String name = unit.title().replace(' ', '-') + "-" + Integer.toHexString(unit.source.hashCode());
        Path log = folder.resolve(name + ".log");
        if (Files.exists(log)) {
            return new Result(true, Files.readString(log));
        }
        Path source = folder.resolve(name + ".cu");
        Files.writeString(source, unit.source);
        Result result = run(List.of(
                "nvcc",
                "-cubin",
                "-arch=sm_" + unit.architecture,
                "-std=c++17",
                "-Xptxas",
                "-v",
                "-o",
                folder.resolve(name + ".cubin").toString(),
                source.toString()));
        if (result.compiled) {
            Files.writeString(log, result.log);
        }
        return result;
    }

    private static Result run(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            return new Result(process.waitFor() == 0, output);
        } catch (InterruptedException e) {
            throw new IOException("interrupted while nvcc ran", e);
        }
    }

    private static void writeTable(Map<String, Unit> units, Map<String, Future<Result>> results, Path file) {
        Map<String, String> rows = new TreeMap<>();
        List<String> tooLarge = new ArrayList<>();
        units.forEach((title, unit) -> {
            Matcher entry = ENTRY.matcher(results.get(title).resultNow().log);
            String log = results.get(title).resultNow().log;
            while (entry.find()) {
                int end = log.indexOf("Compiling entry function", entry.end());
                String about = log.substring(entry.end(), end < 0 ? log.length() : end);
                int shared = first(SHARED, about);
                String row = String.format(
                        "| %s | %s | %s | %d | %d | %d |",
                        entry.group(1), unit.defines, entry.group(2), first(USED, about), shared, first(SPILLS, about));
                rows.put(entry.group(1) + unit.defines + unit.architecture, row);
                if (shared > MAX_SHARED_BYTES) {
                    tooLarge.add(row);
                }
            }
        });
        String table = "| kernel | types | sm | registers | shared bytes | spilled bytes |\n|---|---|---|---|---|---|\n"
                + String.join("\n", rows.values()) + "\n";
        try {
            Files.writeString(file, table);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        assertThat(rows).isNotEmpty();
        assertThat(tooLarge)
                .as("kernels with more than 32 KiB of shared memory")
                .isEmpty();
    }

    private static int first(Pattern number, String text) {
        Matcher matcher = number.matcher(text);
        return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
    }
}
