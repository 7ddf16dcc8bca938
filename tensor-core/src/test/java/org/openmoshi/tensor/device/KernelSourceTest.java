package org.openmoshi.tensor.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KernelSourceTest {
    private static String read(Map<String, String> files, String fileName, String... defines) {
        return KernelSource.read(
                name -> files.containsKey(name)
                        ? new ByteArrayInputStream(files.get(name).getBytes(StandardCharsets.UTF_8))
                        : null,
                fileName,
                defines);
    }

    @Test
    void includesStandInTheirPlacesOnceAndLinesKeepTheirNumbers() {
        String text = read(
                Map.of(
                        "a.cl",
                        "#include \"b.h\"\nint a;\n#include \"c.h\"",
                        "b.h",
                        "#include \"c.h\"\nint b;",
                        "c.h",
                        "int c;"),
                "a.cl",
                "TYPE_F32");
        assertThat(text.lines().filter(line -> !line.isBlank()))
                .containsExactly(
                        "#define TYPE_F32 1",
                        "#line 1 \"a.cl\"",
                        "#line 1 \"b.h\"",
                        "#line 1 \"c.h\"",
                        "int c;",
                        "#line 2 \"b.h\"",
                        "int b;",
                        "#line 2 \"a.cl\"",
                        "int a;",
                        "#line 4 \"a.cl\"");
    }

    @Test
    void sharedHeadersAreFound() {
        assertThat(read(Map.of("a.cl", "#include \"dialect.h\""), "a.cl")).contains("#define KERNEL");
    }

    @Test
    void numbersAreReadFromTheHeaders() {
        assertThat(KernelSource.constant("rows.h", "GROUP_ITEMS")).isEqualTo(256);
        assertThatThrownBy(() -> KernelSource.constant("rows.h", "GROUP")).hasMessage("rows.h defines no number GROUP");
    }

    @Test
    void aMissingFileIsNamedWithWhoWantsIt() {
        assertThatThrownBy(() -> read(Map.of("a.cl", "#include \"none.h\""), "a.cl"))
                .hasMessage("no kernel file none.h (for a.cl)");
    }
}
