package org.openmoshi.models.checkpoint;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * Writes files that PyTorch's torch.load reads, also with {@code weights_only}: a dictionary of plain values and one
 * state dict, as a pickle of protocol 2 in an archive with a file per tensor. See {@link TorchFile}.
 */
public final class TorchWriter {
    private static final String FOLDER = "archive/";
    private static final int CHUNK_BYTES = 1 << 20;

    private TorchWriter() {}

    /** Writes a part of a file. */
    private interface Body {
        void writeTo(OutputStream out) throws IOException;
    }

    /**
     * Creates or replaces a file, as a whole or not at all.
     *
     * @param valuesKey where the plain values go
     * @param values text, whole numbers, other numbers and truth values
     * @param tensorsKey where the tensors go
     * @param tensors by name
     * @throws CheckpointException when it cannot be written; a file that was there before is untouched then
     */
    public static void write(
            Path file, String valuesKey, Map<String, Object> values, String tensorsKey, Map<String, Tensor> tensors)
            throws CheckpointException {
        byte[] pickle = pickle(valuesKey, values, tensorsKey, tensors);
        AtomicFile.write(file, channel -> {
            ZipOutputStream zip = new ZipOutputStream(Channels.newOutputStream(channel));
            add(zip, "data.pkl", pickle.length, out -> out.write(pickle));
            byte[] order = "little".getBytes(StandardCharsets.US_ASCII);
            add(zip, "byteorder", order.length, out -> out.write(order));
            int key = 0;
            for (Tensor tensor : tensors.values()) {
                long bytes = tensor.size() * tensor.dtype().bytes();
                add(zip, "data/" + key++, bytes, out -> writeElements(out, tensor));
            }
            byte[] version = {'3', '\n'}; // of the archive's form
            add(zip, "version", version.length, out -> out.write(version));
            zip.finish();
        });
    }

    /** An uncompressed file of the archive; its checksum stands before its bytes, so the body runs twice. */
    private static void add(ZipOutputStream zip, String name, long bytes, Body body) throws IOException {
        CRC32 checksum = new CRC32();
        body.writeTo(new OutputStream() {
            @Override
            public void write(int octet) {
                checksum.update(octet);
            }

            @Override
            public void write(byte[] octets, int offset, int length) {
                checksum.update(octets, offset, length);
            }
        });
        ZipEntry entry = new ZipEntry(FOLDER + name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(bytes);
        entry.setCompressedSize(bytes);
        entry.setCrc(checksum.getValue());
        entry.setTime(0); // equal tensors give equal files
        zip.putNextEntry(entry);
        body.writeTo(zip);
        zip.closeEntry();
    }

    private static void writeElements(OutputStream out, Tensor tensor) throws IOException {
        try (Scope _ = Scope.open();
                Arena arena = Arena.ofConfined()) {
            Tensor source = tensor.contiguous();
            MemorySegment chunk = arena.allocate(CHUNK_BYTES, 64);
            byte[] octets = new byte[CHUNK_BYTES];
            long bytes = source.size() * source.dtype().bytes();
            long start = source.offset() * source.dtype().bytes();
            for (long done = 0; done < bytes; done += CHUNK_BYTES) {
                int count = (int) Math.min(CHUNK_BYTES, bytes - done);
                source.backend().download(source.segment(), start + done, chunk, count);
                MemorySegment.copy(chunk, ValueLayout.JAVA_BYTE, 0, octets, 0, count);
                out.write(octets, 0, count);
            }
        }
    }

    // ---- the pickle -----------------------------------------------------------------------------------------------

    private static byte[] pickle(
            String valuesKey, Map<String, Object> values, String tensorsKey, Map<String, Tensor> tensors) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.write(new byte[] {(byte) 0x80, 2, '}', '('}); // protocol 2, dictionary, mark
            text(out, valuesKey);
            out.write(new byte[] {'}', '('});
            for (Map.Entry<String, Object> entry : values.entrySet()) {
                text(out, entry.getKey());
                value(out, entry.getValue());
            }
            out.write('u'); // set items
            text(out, tensorsKey);
            orderedDict(out);
            out.write('(');
            int key = 0;
            for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
                text(out, entry.getKey());
                tensor(out, entry.getValue(), key++);
            }
            out.write(new byte[] {'u', 'u', '.'});
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory failed", e);
        }
        return bytes.toByteArray();
    }

    private static void text(DataOutputStream out, String text) throws IOException {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        out.write('X');
        out.writeInt(Integer.reverseBytes(utf8.length));
        out.write(utf8);
    }

    private static void value(DataOutputStream out, Object value) throws IOException {
        switch (value) {
            case String text -> text(out, text);
            case Boolean truth -> out.write(truth ? 0x88 : 0x89);
            case Integer number -> whole(out, number);
            case Long number -> whole(out, number);
            case Double number -> {
                out.write('G');
                out.writeDouble(number);
            }
            default -> throw new IllegalArgumentException("no plain value: " + value.getClass());
        }
    }

    private static void whole(DataOutputStream out, long number) throws IOException {
        out.write(new byte[] {(byte) 0x8a, Long.BYTES});
        out.writeLong(Long.reverseBytes(number));
    }

    private static void global(DataOutputStream out, String module, String name) throws IOException {
        out.write(("c" + module + "\n" + name + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    private static void orderedDict(DataOutputStream out) throws IOException {
        global(out, "collections", "OrderedDict");
        out.write(new byte[] {')', 'R'}); // called with an empty tuple
    }

    private static void tensor(DataOutputStream out, Tensor tensor, int key) throws IOException {
        global(out, "torch._utils", "_rebuild_tensor_v2");
        out.write(new byte[] {'(', '('});
        text(out, "storage");
        global(out, "torch", storageType(tensor.dtype()));
        text(out, Integer.toString(key));
        text(out, "cpu");
        whole(out, tensor.size());
        out.write(new byte[] {'t', 'Q'}); // tuple, object outside
        whole(out, 0); // offset in the storage
        longs(out, tensor.shape().toArray());
        longs(out, tensor.shape().contiguousStrides());
        out.write(0x89); // needs no gradient
        orderedDict(out); // no hooks
        out.write(new byte[] {'t', 'R'});
    }

    private static void longs(DataOutputStream out, long[] values) throws IOException {
        out.write('(');
        for (long value : values) {
            whole(out, value);
        }
        out.write('t');
    }

    private static String storageType(DType dtype) {
        return switch (dtype) {
            case F32 -> "FloatStorage";
            case F64 -> "DoubleStorage";
            case F16 -> "HalfStorage";
            case BF16 -> "BFloat16Storage";
            case I32 -> "IntStorage";
            case I64 -> "LongStorage";
            case BOOL -> throw new IllegalArgumentException("truth values are not written to PyTorch's files");
        };
    }
}
