package org.openmoshi.models.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.testing.LeakExtension;

@ExtendWith(LeakExtension.class)
class SafetensorsWriterTest {
    @TempDir
    Path folder;

    private Path write(String name, float value) throws CheckpointException {
        Path file = folder.resolve(name);
        try (Scope _ = Scope.open()) {
            SafetensorsWriter.write(file, Map.of("x", Tensor.full(DType.F32, value, 3)), Map.of());
        }
        return file;
    }

    private static float[] read(Path file) throws CheckpointException {
        try (Scope _ = Scope.open();
                SafetensorsFile opened = SafetensorsFile.open(file)) {
            return opened.load("x").toFloats();
        }
    }

    private void assertOnly(Path... files) throws IOException {
        try (Stream<Path> found = Files.list(folder)) {
            assertThat(found).containsExactlyInAnyOrder(files);
        }
    }

    @Test
    void replacesAFileAndLeavesNothingElse() throws IOException {
        Path file = write("model.safetensors", 1);
        write("model.safetensors", 2);
        assertThat(read(file)).containsExactly(2, 2, 2);
        assertOnly(file);
    }

    @Test
    void alignsTheDataAndPutsWideTypesFirst() throws IOException {
        Path file = folder.resolve("mixed.safetensors");
        try (Scope _ = Scope.open()) {
            Map<String, Tensor> tensors = new java.util.LinkedHashMap<>();
            tensors.put("flag", Tensor.of(new boolean[] {true}, 1));
            tensors.put("half", Tensor.zeros(DType.F16, 1));
            tensors.put("code", Tensor.of(new long[] {5}, 1));
            SafetensorsWriter.write(file, tensors, Map.of());
        }
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        int data = 8 + (int) bytes.getLong(0);
        assertThat(data % 64).isZero();
        assertThat(bytes.getLong(data)).isEqualTo(5);
        assertThat(bytes.limit()).isEqualTo(data + 8 + 2 + 1);
    }

    @Test
    void keepsTheOldFileWhenTheDiskIsFull() throws IOException {
        Path file = write("model.safetensors", 1);
        assertThatThrownBy(() -> AtomicFile.write(file, channel -> {
                    channel.write(ByteBuffer.allocate(1000));
                    throw new IOException("No space left on device");
                }))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("model.safetensors could not be written (No space left on device)")
                .hasMessageContaining("untouched");
        assertThat(read(file)).containsExactly(1, 1, 1);
        assertOnly(file);
    }

    @Test
    void saysThatTheFolderIsMissing() {
        assertThatThrownBy(() -> write("none/model.safetensors", 1))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("Check that the folder exists");
    }

    @Test
    void refusesNamesThatTheReaderRefuses() throws IOException {
        for (String name : new String[] {"", "a\tb", "__metadata__"}) {
            try (Scope _ = Scope.open()) {
                Tensor x = Tensor.scalar(1);
                assertThatThrownBy(() -> SafetensorsWriter.write(folder.resolve("f"), Map.of(name, x), Map.of()))
                        .isInstanceOf(CheckpointException.class);
            }
        }
        assertOnly();
    }
}
