package org.openmoshi.train.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.openmoshi.kernels.cl.OpenClProvider;
import org.openmoshi.kernels.cuda.CudaProvider;
import org.openmoshi.tensor.device.KernelSource;

/**
 * Both dialects have the same kernels with the same parameters: the host passes arguments by their order and knows one
 * dialect no better than the other. g++ preprocesses the sources as each compiler would see them.
 */
class DialectTest {
    /** What kernels that only one dialect has are called after: only its devices can do that. */
    private static final String CUDA_ALONE = "_wmma"; // tensor cores

    /** The word that begins a kernel, what either compiler is told about its groups, its name. */
    private static final Pattern ENTRY = Pattern.compile("(?:__kernel|extern \"C\" __global__)\\s+"
            + "(?:(?:__attribute__\\s*\\(\\(.*?\\)\\)\\)|__launch_bounds__\\s*\\([^)]*\\))\\s*)?void\\s+(\\w+)\\s*\\(");

    private static final Pattern WORDS = Pattern.compile("__global|__local|\\bconst\\b|\\brestrict\\b|__restrict__");

    @TempDir
    private static Path folder;

    private static Set<String> files(Class<?> module, String ending) throws IOException, URISyntaxException {
        URI place = module.getResource("copy" + ending).toURI();
        if (!place.getScheme().equals("jar")) {
            return names(Path.of(place).getParent(), ending);
        }
        try (FileSystem jar = FileSystems.newFileSystem(place, Map.of())) {
            return names(jar.getPath(place.toString().replaceFirst(".*!", "")).getParent(), ending);
        }
    }

    private static Set<String> names(Path directory, String ending) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(ending))
                    .map(name -> name.substring(0, name.length() - ending.length()))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    @Test
    void bothHaveTheSameFiles() throws IOException, URISyntaxException {
        Set<String> cuda = files(CudaProvider.class, ".cu");
        cuda.removeIf(name -> name.endsWith(CUDA_ALONE));
        assertThat(files(OpenClProvider.class, ".cl")).isEqualTo(cuda).hasSizeGreaterThan(30);
    }

    @TestFactory
    Stream<DynamicTest> bothHaveTheSameEntries() throws IOException, URISyntaxException {
        return files(OpenClProvider.class, ".cl").stream()
                .map(name -> dynamicTest(name, () -> {
                    Map<String, List<String>> openCl =
                            entries(OpenClProvider.class, name + ".cl", "__OPENCL_VERSION__=120");
                    assertThat(openCl).isNotEmpty();
                    assertThat(entries(CudaProvider.class, name + ".cu", "__CUDACC__"))
                            .isEqualTo(openCl);
                }));
    }

    /** The kernels of a file, in float32, with the types and names of their parameters. */
    private static Map<String, List<String>> entries(Class<?> module, String file, String dialect)
            throws IOException, InterruptedException {
        String[] types = {"TYPE_F32", "FROM_F32", "BYTES_4"};
        Path source =
                Files.writeString(folder.resolve(file), KernelSource.read(module::getResourceAsStream, file, types));
        Process process;
        try {
            process = new ProcessBuilder("g++", "-E", "-P", "-x", "c++", "-D" + dialect, source.toString())
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            assumeTrue(false, "g++ is not installed: the dialects are not compared");
            return Map.of();
        }
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(text).isZero();
        Map<String, List<String>> entries = new TreeMap<>();
        for (Matcher entry = ENTRY.matcher(text); entry.find(); ) {
            String list = text.substring(entry.end(), text.indexOf(')', entry.end()));
            entries.put(
                    entry.group(1),
                    Stream.of(list.split(",")).map(DialectTest::parameter).toList());
        }
        return entries;
    }

    /** What the host must know of a parameter: its type without qualifiers, and its name. */
    private static String parameter(String text) {
        return WORDS.matcher(text)
                .replaceAll(" ")
                .replaceAll("\\s+", " ")
                .replace(" *", "*")
                .strip();
    }
}
