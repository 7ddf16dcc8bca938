package org.openmoshi.models.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.testing.LeakExtension;

@ExtendWith(LeakExtension.class)
class TorchFileTest {
    private static final long HUGE = 1L << 40;

    @TempDir
    private Path folder;

    /** A dictionary with one entry "x", still open. */
    private static TorchArchive entry() {
        return new TorchArchive().op(0x80, 2, '}').text("x");
    }

    private static byte[] repeated(int times, int... octets) {
        TorchArchive pickle = new TorchArchive().op(0x80, 2);
        for (int i = 0; i < times; i++) {
            pickle.op(octets);
        }
        return pickle.op('.').pickle();
    }

    static Stream<Arguments> hostilePickles() {
        long[] none = {};
        long[] two = {2, 2};
        return Stream.of(
                Arguments.of("os.system", entry().global("os", "system").op('s', '.'), "'os.system'"),
                Arguments.of(
                        "eval by stack", entry().text("builtins").text("eval").op(0x93, 's', '.'), "builtins.eval"),
                Arguments.of(
                        "terminal escape in a name",
                        entry().global("\u001b[2J", "x").op('s', '.'),
                        "'?[2J.x'"),
                Arguments.of(
                        "call of what is no function", entry().text("no").op(')', 'R', 's', '.'), "it calls something"),
                Arguments.of(
                        "ordered dictionary of arguments",
                        entry().global("collections", "OrderedDict").op(']', 0x85, 'R', 's', '.'),
                        "it calls something"),
                Arguments.of(
                        "call of a storage type",
                        entry().global("torch", "FloatStorage").op(')', 'R', 's', '.'),
                        "it calls something"),
                Arguments.of("new object", entry().op(')', 0x81, 's', '.'), "opcode 0x81"),
                Arguments.of("instance", entry().op('(', 'i', 'o', 's', '\n'), "opcode 0x69"),
                Arguments.of("extension registry", entry().op(0x82, 1, 's', '.'), "opcode 0x82"),
                Arguments.of(
                        "attributes of a tensor",
                        entry().tensor("0", 4, 0, two, new long[] {2, 1}).op('}', 'b', 's', '.'),
                        "sets attributes"),
                Arguments.of("nothing", new TorchArchive(), "ends in the middle"),
                Arguments.of("a list as a whole", new TorchArchive().op(']', '.'), "a list instead of a dictionary"),
                Arguments.of("two objects", new TorchArchive().op('}', '}', '.'), "2 objects"),
                Arguments.of("unknown protocol", new TorchArchive().op(0x80, 9, '}', '.'), "protocol 9"),
                Arguments.of("mark that is not there", new TorchArchive().op('}', 'u', '.'), "a mark"),
                Arguments.of("empty stack", new TorchArchive().op('s', '.'), "empty stack"),
                Arguments.of("memo that is not there", new TorchArchive().op('h', 3, '.'), "recalls object 3"),
                Arguments.of("text of 4 GB", new TorchArchive().op('X', 255, 255, 255, 255), "4294967295 bytes"),
                Arguments.of("text longer than the file", new TorchArchive().op('X', 0, 0, 0, 64), "in the middle"),
                Arguments.of("number of 200 bytes", new TorchArchive().op(0x8a, 200), "200 bytes"),
                Arguments.of("text that is not UTF-8", new TorchArchive().op(0x8c, 1, 0xff), "UTF-8"),
                Arguments.of("list as a key", new TorchArchive().op('}', ']', 'N', 's', '.'), "a key"),
                Arguments.of("key twice", entry().op('N', 's').text("x").op('N', 's', '.'), "twice"),
                Arguments.of("append to a tuple", new TorchArchive().op(')', 'N', 'a', '.'), "no list"),
                Arguments.of(
                        "items of a list", new TorchArchive().op(']').text("k").op('N', 's', '.'), "no dictionary"),
                Arguments.of("other object outside", entry().text("module").op('Q', 's', '.'), "outside"),
                Arguments.of(
                        "size of 2^80",
                        entry().tensor("0", 4, 0, new long[] {HUGE, HUGE}, two).op('s', '.'),
                        "any memory"),
                Arguments.of(
                        "expanded to 2^40",
                        entry().tensor("0", 4, 0, new long[] {HUGE}, new long[] {0})
                                .op('s', '.'),
                        "does not lie"),
                Arguments.of(
                        "one element too many",
                        entry().tensor("0", 4, 1, two, new long[] {2, 1}).op('s', '.'),
                        "does not lie"),
                Arguments.of(
                        "negative stride",
                        entry().tensor("0", 4, 3, two, new long[] {-2, -1}).op('s', '.'),
                        "negative"),
                Arguments.of(
                        "negative offset",
                        entry().tensor("0", 4, -1, two, new long[] {2, 1}).op('s', '.'),
                        "does not lie"),
                Arguments.of(
                        "stride that overflows",
                        entry().tensor("0", 4, 0, two, new long[] {Long.MAX_VALUE, 1})
                                .op('s', '.'),
                        "any memory"),
                Arguments.of(
                        "axes without strides",
                        entry().tensor("0", 4, 0, two, none).op('s', '.'),
                        "0 strides"),
                Arguments.of(
                        "17 axes",
                        entry().tensor("0", 4, 0, new long[17], new long[17]).op('s', '.'),
                        "17 axes"),
                Arguments.of(
                        "storage longer than its file",
                        entry().tensor("0", 5, 0, two, new long[] {2, 1}).op('s', '.'),
                        "needs a storage of 5"),
                Arguments.of(
                        "storage of 2^62",
                        entry().tensor("0", 1L << 62, 0, two, new long[] {2, 1}).op('s', '.'),
                        "needs a storage"),
                Arguments.of(
                        "storage without a file",
                        entry().tensor("../0", 4, 0, two, new long[] {2, 1}).op('s', '.'),
                        "the archive has none"),
                Arguments.of("no tensor", entry().text("y").op('s', '.'), "no state dict, it holds text"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hostilePickles")
    void refuses(String name, TorchArchive pickle, String message) throws IOException {
        Path file = pickle.write(folder, 4);
        assertThatThrownBy(() -> loadAll(file))
                .as(name)
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(message);
    }

    @Test
    void boundsWhatAPickleMakes() throws Exception {
        byte[] nested = repeated(3_000_000, ']');
        byte[] marks = repeated(3_000_000, '(');
        TorchArchive memo = new TorchArchive().op(0x80, 4, '}');
        for (int i = 0; i < 3_000_000; i++) {
            memo.op(0x94);
        }
        for (byte[] pickle : new byte[][] {nested, marks, memo.pickle()}) {
            Path file = archive("a/data.pkl", pickle);
            assertThatThrownBy(() -> loadAll(file))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("more than 1000000 objects");
        }
    }

    @Test
    void deepAndRepeatedListsCostNoMoreThanTheirBytes() throws Exception {
        // [[[...]]], 100,000 deep, and beside it 60 pairs, each of the one before and itself: 2^60 leaves
        TorchArchive pickle =
                new TorchArchive().op(0x80, 2, '}').text("cfg").op('}').text("deep");
        for (int i = 0; i < 100_000; i++) {
            pickle.op(']');
        }
        for (int i = 1; i < 100_000; i++) {
            pickle.op('a');
        }
        pickle.op('s').text("wide").op(']', 'q', 0);
        for (int i = 1; i <= 60; i++) {
            pickle.op('h', i - 1, 0x86, 'q', i); // (before, before)
        }
        Path file = archive("a/data.pkl", pickle.op('s', 's', '.').pickle());
        try (TorchFile torch = TorchFile.open(file)) {
            assertThat(torch.plainValues("cfg")).isEmpty();
        }
    }

    @Test
    void refusesAnyTruncation() throws Exception {
        byte[] whole = Files.readAllBytes(entry().tensor("0", 4, 0, new long[] {4}, new long[] {1})
                .op('s', '.')
                .write(folder, 4));
        for (int length = 0; length < whole.length; length++) {
            Path file = Files.write(folder.resolve("short.pt"), java.util.Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> loadAll(file)).as("%d bytes", length).isInstanceOf(CheckpointException.class);
        }
    }

    @Test
    void anyChangedByteGivesTheSameTensorOrAnException() throws Exception {
        byte[] whole = Files.readAllBytes(entry().tensor("0", 4, 0, new long[] {4}, new long[] {1})
                .op('s', '.')
                .write(folder, 4));
        Random random = new Random(1);
        int refused = 0;
        for (int i = 0; i < whole.length; i++) {
            byte[] changed = whole.clone();
            changed[i] ^= (byte) (1 + random.nextInt(255));
            Path file = Files.write(folder.resolve("changed.pt"), changed);
            try {
                loadAll(file);
            } catch (CheckpointException e) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(whole.length / 2);
    }

    @Test
    void refusesTricksOfTheArchive() throws Exception {
        byte[] pickle = new TorchArchive().op('}', '.').pickle();
        Path compressed = folder.resolve("compressed.pt");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(compressed))) {
            zip.putNextEntry(new ZipEntry("a/data.pkl"));
            zip.write(pickle);
            zip.closeEntry();
        }
        assertThatThrownBy(() -> loadAll(compressed)).hasMessageContaining("compressed");
        assertThatThrownBy(() -> loadAll(archive("a/data.pkl", pickle, "b/data.pkl", pickle)))
                .hasMessageContaining("two pickles");
        assertThatThrownBy(() -> loadAll(archive("a/b/data.pkl", pickle))).hasMessageContaining("no data.pkl");
        assertThatThrownBy(() -> loadAll(
                        archive("a/data.pkl", pickle, "a/byteorder", "big".getBytes(StandardCharsets.US_ASCII))))
                .hasMessageContaining("big-endian");
        Path twice = archive("a/data.pkl", pickle, "a/data.pkX", pickle);
        byte[] renamed = new String(Files.readAllBytes(twice), StandardCharsets.ISO_8859_1)
                .replace("a/data.pkX", "a/data.pkl")
                .getBytes(StandardCharsets.ISO_8859_1);
        Files.write(twice, renamed);
        assertThatThrownBy(() -> loadAll(twice)).hasMessageContaining("two files of one name");
        Path legacy = Files.write(folder.resolve("legacy.pt"), new byte[] {(byte) 0x80, 2, (byte) 0x8a, 10});
        assertThatThrownBy(() -> loadAll(legacy)).hasMessageContaining("PyTorch 1.6");
    }

    @Test
    void readsViewsOfOneStorage() throws Exception {
        Path file = new TorchArchive()
                .op(0x80, 2, '}')
                .text("transposed")
                .tensor("0", 6, 0, new long[] {3, 2}, new long[] {1, 3})
                .op('s')
                .text("tail")
                .tensor("0", 6, 4, new long[] {2}, new long[] {1})
                .op('s')
                .text("scalar")
                .tensor("0", 6, 5, new long[] {}, new long[] {})
                .op('s')
                .text("empty")
                .tensor("0", 6, 6, new long[] {0, 7}, new long[] {7, 1})
                .op('s', '.')
                .write(folder, 6);
        try (TorchFile torch = TorchFile.open(file);
                Scope _ = Scope.open()) {
            TensorSource tensors = torch.tensors();
            assertThat(tensors.load("transposed", DType.F32).toFloats()).containsExactly(0, 3, 1, 4, 2, 5);
            assertThat(tensors.load("tail", DType.F64).toDoubles()).containsExactly(4, 5);
            assertThat(tensors.load("scalar", DType.F32).item()).isEqualTo(5);
            assertThat(tensors.shape("empty").toArray()).containsExactly(0, 7);
            assertThat(tensors.load("empty", DType.F32).size()).isZero();
        }
    }

    @Test
    void readsWhatTheWriterWrites() throws Exception {
        Path file = folder.resolve("written.pt");
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("mode", "layer norm, ä");
        values.put("layers", 24);
        values.put("negative", -3L);
        values.put("rate", 0.05);
        values.put("first", true);
        try (Scope _ = Scope.open()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            tensors.put(
                    "a.weight", Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 3, 2).transpose(0, 1));
            tensors.put("b", Tensor.of(new double[] {0.1}, 1).cast(DType.BF16));
            tensors.put("c", Tensor.of(new long[] {1L << 40}));
            TorchWriter.write(file, "cfg", values, "model", tensors);
            try (TorchFile torch = TorchFile.open(file)) {
                assertThat(torch.plainValues("cfg"))
                        .containsEntry("mode", "layer norm, ä")
                        .containsEntry("layers", 24L)
                        .containsEntry("negative", -3L)
                        .containsEntry("rate", 0.05)
                        .containsEntry("first", true);
                TensorSource model = torch.tensors("model");
                assertThat(model.names()).containsExactly("a.weight", "b", "c");
                assertThat(model.load("a.weight", DType.F32).toFloats()).containsExactly(1, 3, 5, 2, 4, 6);
                assertThat(model.load("b", DType.F32).item()).isEqualTo(0.10009765625);
                assertThat(model.load("c", DType.I64).toLongs()).containsExactly(1L << 40);
            }
        }
    }

    private Path archive(Object... namesAndContents) throws IOException {
        Path file = folder.resolve("archive.pt");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            for (int i = 0; i < namesAndContents.length; i += 2) {
                TorchArchive.add(zip, (String) namesAndContents[i], (byte[]) namesAndContents[i + 1]);
            }
        }
        return file;
    }

    /** Opens and loads everything: what a program would do with the file. */
    private static void loadAll(Path file) throws CheckpointException {
        try (TorchFile torch = TorchFile.open(file)) {
            TensorSource tensors = torch.tensors();
            for (String name : tensors.names()) {
                tensors.load(name, DType.F32).close();
            }
        }
    }
}
