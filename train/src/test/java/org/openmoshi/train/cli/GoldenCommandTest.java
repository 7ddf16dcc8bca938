package org.openmoshi.train.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openmoshi.models.checkpoint.SafetensorsFile;
import org.openmoshi.models.checkpoint.SafetensorsWriter;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

class GoldenCommandTest {
    @TempDir
    private Path folder;

    @Test
    void reportsEveryCaseAndFailsIfOneDoes() throws IOException, URISyntaxException {
        copyCase("resample");
        copyCase("resample_seed3");
        Files.writeString(copyCase("resample_cut").resolve("tensors.safetensors"), "cut");
        Files.writeString(copyCase("resample_empty").resolve("config.json"), "{}");
        halveExpected(copyCase("resample_wrong").resolve("tensors.safetensors"));
        Files.createDirectory(folder.resolve("another_model"));
        Files.writeString(folder.resolve("another_model/config.json"), "{}");

        CommandRun run = CommandRun.of("golden", folder);

        List<String> lines = run.out().lines().toList();
        assertThat(lines).hasSize(7);
        assertThat(lines.get(0)).isEqualTo("another_model: not known yet");
        assertThat(lines.get(1)).startsWith("resample: pass  worst ").contains("tolerance");
        assertThat(lines.get(2)).startsWith("resample_cut: FAIL  ").contains("tensors.safetensors");
        assertThat(lines.get(3)).startsWith("resample_empty: FAIL  its files are not of the form");
        assertThat(lines.get(4)).startsWith("resample_seed3: pass");
        assertThat(lines.get(5)).startsWith("resample_wrong: FAIL  worst ");
        assertThat(lines.get(6)).isEqualTo("2 passed, 3 failed, 1 not known yet");
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isEqualTo(1);
    }

    @Test
    void oneCaseMayBeNamedItself() throws IOException, URISyntaxException {
        Path only = copyCase("resample");
        assertThat(CommandRun.of("golden", only, "--device", "cpu-scalar")
                        .succeeded()
                        .out())
                .startsWith("resample: pass")
                .endsWith("1 passed, 0 failed, 0 not known yet" + System.lineSeparator());
    }

    @Test
    void unknownCasesAloneAreNoFailure() throws IOException {
        Files.createDirectory(folder.resolve("another_model"));
        Files.writeString(folder.resolve("another_model/config.json"), "{}");
        assertThat(CommandRun.of("golden", folder).succeeded().out()).contains("another_model: not known yet");
    }

    @Test
    void aFolderOfCasesIsNeeded() throws IOException {
        CommandRun.of("golden", folder).failedSaying("no golden cases in " + folder);
        CommandRun.of("golden", folder.resolve("none")).failedSaying("none does not exist");
        Path file = Files.writeString(folder.resolve("config.json"), "{}");
        CommandRun.of("golden", file).failedSaying("config.json is a file");
        CommandRun.of("golden").refusedSaying("DIR");
        CommandRun.of("golden", folder, "--device", "cpu-sclaar").refusedSaying("no backend 'cpu-sclaar'");
    }

    private Path copyCase(String name) throws IOException, URISyntaxException {
        Path source = Path.of(Objects.requireNonNull(GoldenCommandTest.class.getResource("/golden/resample"))
                .toURI());
        Path target = Files.createDirectory(folder.resolve(name));
        try (var files = Files.list(source)) {
            for (Path file : files.toList()) {
                Files.copy(file, target.resolve(file.getFileName()));
            }
        }
        return target;
    }

    /** Keeps names, shapes and types, halves what is expected. */
    private static void halveExpected(Path file) throws IOException {
        Map<String, Tensor> changed = new LinkedHashMap<>();
        try (Scope _ = Scope.open()) {
            try (SafetensorsFile source = SafetensorsFile.open(file)) {
                for (String name : source.names()) {
                    Tensor value = source.load(name);
                    changed.put(name, name.equals("x") ? value : value.mul(0.5));
                }
            }
            SafetensorsWriter.write(file, changed, Map.of());
        }
    }
}
