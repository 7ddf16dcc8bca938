package org.openmoshi.models.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.Backends;
import org.openmoshi.tensor.testing.LeakExtension;

/** Every golden case of this module's kinds, of this module or of the folder that {@code golden.dir} names. */
@ExtendWith(LeakExtension.class)
class GoldenTest {
    private static Path root() throws URISyntaxException {
        String external = System.getProperty("golden.dir");
        return external != null
                ? Path.of(external)
                : Path.of(Objects.requireNonNull(GoldenTest.class.getResource("/golden"))
                        .toURI());
    }

    static Stream<Arguments> cases() throws IOException, URISyntaxException {
        List<Path> folders = GoldenFolders.in(root()).stream()
                .filter(folder ->
                        GoldenFolders.caseOf(folder, GoldenCases.MODELS).isPresent())
                .toList();
        return Stream.of("cpu", "cpu-scalar")
                .flatMap(backend -> folders.stream().map(folder -> Arguments.of(backend, folder)));
    }

    @ParameterizedTest(name = "{1} on {0}")
    @MethodSource("cases")
    void reproduces(String backend, Path folder) throws IOException {
        GoldenCase golden = GoldenFolders.caseOf(folder, GoldenCases.MODELS).orElseThrow();
        Backend before = Backends.setDefault(Backends.named(backend));
        try {
            GoldenResult result = golden.run(folder);
            System.out.println(golden.kind() + " on " + backend + ": " + result);
            assertThat(result.passed()).as("%s", result).isTrue();
        } finally {
            Backends.setDefault(before);
        }
    }

    @Test
    void findsEveryKind() throws IOException, URISyntaxException {
        assumeTrue(System.getProperty("golden.dir") == null, "another folder is given");
        assertThat(GoldenFolders.in(root()))
                .extracting(folder -> GoldenFolders.caseOf(folder, GoldenCases.MODELS)
                        .orElseThrow()
                        .kind())
                .containsExactly(
                        "lm_generate",
                        "lm_lora",
                        "lm_train_step",
                        "lm_train_steps",
                        "mimi_codec",
                        "mimi_train_step",
                        "names",
                        "ops",
                        "wavlm",
                        "wavlm");
    }
}
