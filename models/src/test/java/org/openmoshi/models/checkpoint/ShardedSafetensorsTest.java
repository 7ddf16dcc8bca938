package org.openmoshi.models.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.testing.LeakExtension;

@ExtendWith(LeakExtension.class)
class ShardedSafetensorsTest {
    @TempDir
    Path folder;

    @BeforeEach
    void writeShards() throws IOException {
        try (Scope _ = Scope.open()) {
            SafetensorsWriter.write(
                    folder.resolve("a.safetensors"),
                    Map.of("x", Tensor.full(DType.F32, 1, 2), "y", Tensor.full(DType.BF16, 2, 3)),
                    Map.of("format", "pt"));
            SafetensorsWriter.write(
                    folder.resolve("b.safetensors"), Map.of("z", Tensor.full(DType.F32, 3, 4, 5)), Map.of());
        }
    }

    private Path index(String weightMap) throws IOException {
        String json = "{\"metadata\": {\"total_size\": 94}, \"weight_map\": {" + weightMap + "}}";
        return Files.writeString(folder.resolve("model.safetensors.index.json"), json);
    }

    private void assertRefused(String weightMap, String message) throws IOException {
        Path index = index(weightMap);
        assertThatThrownBy(() -> TensorFile.open(index))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(message);
    }

    @Test
    void readsTensorsFromTheirFiles() throws IOException {
        Path index = index("\"z\": \"b.safetensors\", \"x\": \"a.safetensors\", \"y\": \"a.safetensors\"");
        try (TensorFile file = TensorFile.open(index);
                Scope _ = Scope.open()) {
            assertThat(file.names()).containsExactly("z", "x", "y");
            assertThat(file.shape("z")).isEqualTo(Shape.of(4, 5));
            assertThat(file.dtype("y")).isEqualTo(DType.BF16);
            assertThat(file.load("y", DType.F32).toFloats()).containsExactly(2, 2, 2);
            assertThat(file.load("x").toFloats()).containsExactly(1, 1);
            assertThatThrownBy(() -> file.load("w")).hasMessageContaining("lists no tensor 'w'");
        }
    }

    @Test
    void indexAndFilesMustAgree() throws IOException {
        assertRefused("\"x\": \"a.safetensors\"", "a.safetensors holds tensor 'y', which");
        assertRefused("\"x\": \"b.safetensors\"", "b.safetensors lacks tensor 'x'");
        assertRefused("\"x\": \"c.safetensors\"", "c.safetensors does not exist");
        assertRefused("", "it has no weight_map");
        assertRefused("\"x\": \"a.safetensors\", \"x\": \"a.safetensors\"", "not valid JSON");
        assertThatThrownBy(() -> TensorFile.open(folder.resolve("none.safetensors.index.json")))
                .hasMessageContaining("does not exist");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../a.safetensors",
                "/etc/passwd",
                "",
                ".",
                "..",
                "sub/a.safetensors",
                "a",
                "\\u0000.safetensors",
                "~"
            })
    void looksNowhereElse(String place) throws IOException {
        assertRefused("\"x\": \"" + place + "\"", "beside it");
    }
}
