package org.openmoshi.models.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.testing.LeakExtension;

@ExtendWith(LeakExtension.class)
class SafetensorsFileTest {
    private static final String F32_PAIR = "{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}";

    @TempDir
    Path folder;

    @Test
    void readsWhatTheWriterWroteInEveryType() throws IOException {
        Path file = folder.resolve("all.safetensors");
        try (Scope _ = Scope.open()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            tensors.put("flags", Tensor.of(new boolean[] {true, false, true}, 3));
            for (DType dtype : new DType[] {DType.BF16, DType.F16, DType.I32, DType.F32, DType.I64, DType.F64}) {
                tensors.put(
                        "x." + dtype,
                        Tensor.of(new double[] {-2, 0, 1, 5, 100, -96}, 2, 3).cast(dtype));
            }
            tensors.put("scalar", Tensor.scalar(2.5));
            tensors.put("empty", Tensor.zeros(DType.F32, 3, 0));
            SafetensorsWriter.write(file, tensors, Map.of("step", "7", "note", "line\nand \"quote\""));

            try (SafetensorsFile read = SafetensorsFile.open(file)) {
                assertThat(read.names()).containsExactlyInAnyOrderElementsOf(tensors.keySet());
                assertThat(read.metadata()).containsEntry("step", "7").containsEntry("note", "line\nand \"quote\"");
                tensors.forEach((name, tensor) -> assertThat(load(read, name)).satisfies(loaded -> {
                    assertThat(loaded.dtype()).isEqualTo(tensor.dtype());
                    assertThat(loaded.shape()).isEqualTo(tensor.shape());
                    assertThat(loaded.toDoubles()).containsExactly(tensor.toDoubles());
                }));
                assertThat(read.load("x.BF16", DType.F32).toFloats()).containsExactly(-2, 0, 1, 5, 100, -96);
            }
        }
    }

    private static Tensor load(SafetensorsFile file, String name) {
        try {
            return file.load(name);
        } catch (CheckpointException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void writesViewsAndMoreThanOneChunk() throws IOException {
        Path file = folder.resolve("views.safetensors");
        try (Scope _ = Scope.open()) {
            Tensor large = Tensor.arange(DType.F32, 700_000).reshape(1000, 700);
            Tensor view = large.transpose(0, 1).slice(0, 1, 700, 2);
            SafetensorsWriter.write(file, Map.of("view", view), Map.of());
            try (SafetensorsFile read = SafetensorsFile.open(file)) {
                assertThat(read.shape("view")).isEqualTo(Shape.of(350, 1000));
                assertThat(read.load("view").toFloats()).containsExactly(view.toFloats());
            }
        }
    }

    @ParameterizedTest(name = "{1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "[]                                                                         | does not start with '{'",
                "{\"                                                                        | not valid JSON",
                "{} {}                                                                      | not one JSON object",
                "{\"a\":7}                                                                  | not described by an object",
                "{\"a\":{}}                                                                 | lacks dtype",
                "{\"a\":{\"dtype\":\"F8_E4M3\",\"shape\":[2],\"data_offsets\":[0,8]}}       | has type 'F8_E4M3'",
                "{\"a\":{\"dtype\":4,\"shape\":[2],\"data_offsets\":[0,8]}}                 | has type ''",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}          | negative size",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2.0],\"data_offsets\":[0,8]}}         | shape of tensor 'a' is not a list",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":2,\"data_offsets\":[0,8]}}             | shape of tensor 'a' is not a list",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[9223372036854775808],\"data_offsets\":[0,8]}} | not valid JSON",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904],\"data_offsets\":[0,8]}} | larger than any memory",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[3037000500,3037000500,4],\"data_offsets\":[0,8]}} | larger than any memory",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1000000000000],\"data_offsets\":[0,4000000000000]}} | the file has 8",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}           | needs 12 bytes",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}           | needs 8 bytes",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[-8,0]}}          | needs 8 bytes",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,9]}}         | not a list of at most 2",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0]}}             | two data_offsets",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}           | leaves a hole",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}           | need 4 bytes of data, the file has 8",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"x\":1}}   | unknown field 'x'",
                "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}} | Duplicate field 'dtype'",
                "{\"__metadata__\":[]}                                                      | __metadata__ is not an object",
                "{\"__metadata__\":{\"a\":1}}                                               | not a string",
                "{\"__metadata__\":{\"a\":\"b\",\"a\":\"b\"}}                               | Duplicate field 'a'",
            })
    void refusesAWrongHeader(String header, String message) throws IOException {
        Path file = HostileFiles.write(folder, header, 8);
        assertThatThrownBy(() -> HostileFiles.readAll(file))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("hostile.safetensors")
                .hasMessageContaining(message);
    }

    @Test
    void refusesTwoTensorsOfOneName() throws IOException {
        Path file = HostileFiles.write(folder, "{\"a\":" + F32_PAIR + ",\"a\":" + F32_PAIR + "}", 8);
        assertThatThrownBy(() -> HostileFiles.readAll(file)).hasMessageContaining("Duplicate field 'a'");
    }

    @Test
    void refusesTensorsThatShareBytes() throws IOException {
        Path file = HostileFiles.write(folder, "{\"a\":" + F32_PAIR + ",\"b\":" + F32_PAIR + "}", 8);
        assertThatThrownBy(() -> HostileFiles.readAll(file)).hasMessageContaining("overlaps another's");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a\\nb", "\\u001b[2J", "\\u202eabc"})
    void refusesNamesThatCannotBePrinted(String name) throws IOException {
        Path file = HostileFiles.write(folder, "{\"" + name + "\":" + F32_PAIR + "}", 8);
        assertThatThrownBy(() -> HostileFiles.readAll(file))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("name is empty");
    }

    @Test
    void refusesLongNamesAndAcceptsPaths() throws IOException {
        Path tooLong = HostileFiles.write(folder, "{\"" + "n".repeat(5000) + "\":" + F32_PAIR + "}", 8);
        assertThatThrownBy(() -> HostileFiles.readAll(tooLong)).isInstanceOf(CheckpointException.class);
        Path path = HostileFiles.write(folder, "{\"../../etc/passwd\":" + F32_PAIR + "}", 8);
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertThat(file.names()).containsExactly("../../etc/passwd");
        }
    }

    @Test
    void refusesDeepNestingAndTextThatIsNotUnicode() throws IOException {
        Path deep = HostileFiles.write(folder, "{\"a\":".repeat(10_000), 8);
        assertThatThrownBy(() -> HostileFiles.readAll(deep)).isInstanceOf(CheckpointException.class);
        Path surrogate = HostileFiles.write(folder, "{\"\\ud800\":" + F32_PAIR + "}", 8);
        assertThatThrownBy(() -> HostileFiles.readAll(surrogate)).isInstanceOf(CheckpointException.class);
        Path latin = HostileFiles.write(folder, new byte[] {'{', '"', (byte) 0xe9, '"', '}'}, 8);
        assertThatThrownBy(() -> HostileFiles.readAll(latin)).hasMessageContaining("not UTF-8");
    }

    @Test
    void refusesBooleansThatAreNeither() throws IOException {
        Path file = HostileFiles.write(folder, "{\"a\":{\"dtype\":\"BOOL\",\"shape\":[8],\"data_offsets\":[0,8]}}", 8);
        HostileFiles.readAll(file);
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] = 2;
        Files.write(file, bytes);
        assertThatThrownBy(() -> HostileFiles.readAll(file)).hasMessageContaining("other bytes than 0 and 1");
    }

    @Test
    void saysWhatIsMissing() throws IOException {
        assertThatThrownBy(() -> SafetensorsFile.open(folder.resolve("none")))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("does not exist");
        Path file = HostileFiles.write(folder, "{\"a\":" + F32_PAIR + "}", 8);
        try (SafetensorsFile read = SafetensorsFile.open(file)) {
            assertThatThrownBy(() -> read.load("b")).hasMessageContaining("has no tensor 'b'; it has 1, such as [a]");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 57, Long.MAX_VALUE, Long.MIN_VALUE})
    void refusesAHeaderLengthOutsideTheFile(long length) throws IOException {
        byte[] bytes = new byte[64];
        java.nio.ByteBuffer.wrap(bytes).order(java.nio.ByteOrder.LITTLE_ENDIAN).putLong(length);
        Path file = Files.write(folder.resolve("length.safetensors"), bytes);
        assertThatThrownBy(() -> SafetensorsFile.open(file))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("its header would have");
    }

    /** Whatever is done to a valid file: it either still reads, or there is a {@link CheckpointException}. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void survivesDamage(long seed) throws IOException {
        Path whole = folder.resolve("whole.safetensors");
        try (Scope _ = Scope.open()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            tensors.put("layer.weight", Tensor.arange(DType.F32, 12).reshape(3, 4));
            tensors.put("layer.bias", Tensor.arange(DType.BF16, 5));
            tensors.put("flags", Tensor.of(new boolean[] {true, false}, 2));
            SafetensorsWriter.write(whole, tensors, Map.of("format", "test"));
        }
        byte[] valid = Files.readAllBytes(whole);
        Path damaged = folder.resolve("damaged.safetensors");
        Random random = new Random(seed);
        int refused = 0;
        for (int round = 0; round < 400; round++) {
            byte[] bytes = random.nextInt(4) == 0
                    ? java.util.Arrays.copyOf(valid, random.nextInt(valid.length + 20))
                    : valid.clone();
            for (int flips = random.nextInt(4); flips >= 0 && bytes.length > 0; flips--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            Files.write(damaged, bytes);
            try {
                HostileFiles.readAll(damaged);
            } catch (CheckpointException e) {
                assertThat(e.getMessage()).contains("damaged.safetensors");
                refused++;
            }
        }
        assertThat(refused).isBetween(200, 399);
    }
}
