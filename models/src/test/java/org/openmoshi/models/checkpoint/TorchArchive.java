package org.openmoshi.models.checkpoint;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Makes pickles opcode by opcode, and archives around them, right or wrong. */
final class TorchArchive {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /** Raw opcodes; arguments below 256. */
    TorchArchive op(int... octets) {
        for (int octet : octets) {
            bytes.write(octet);
        }
        return this;
    }

    TorchArchive text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        op('X').bytes.writeBytes(little(4).putInt(utf8.length).array());
        bytes.writeBytes(utf8);
        return this;
    }

    TorchArchive number(long number) {
        op(0x8a, 8).bytes.writeBytes(little(8).putLong(number).array());
        return this;
    }

    TorchArchive global(String module, String name) {
        bytes.writeBytes(("c" + module + "\n" + name + "\n").getBytes(StandardCharsets.UTF_8));
        return this;
    }

    /** A tensor of storage {@code key}; sizes and strides in turn. */
    TorchArchive tensor(String key, long numel, long offset, long[] sizes, long[] strides) {
        global("torch._utils", "_rebuild_tensor_v2").op('(', '(').text("storage");
        global("torch", "FloatStorage")
                .text(key)
                .text("cpu")
                .number(numel)
                .op('t', 'Q')
                .number(offset);
        for (long[] values : new long[][] {sizes, strides}) {
            op('(');
            for (long value : values) {
                number(value);
            }
            op('t');
        }
        return op(0x89).global("collections", "OrderedDict").op(')', 'R', 't', 'R');
    }

    byte[] pickle() {
        return bytes.toByteArray();
    }

    private static ByteBuffer little(int count) {
        return ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** An archive of this pickle and one storage "0" of the floats 0, 1, 2, ... */
    Path write(Path folder, int floats) throws IOException {
        Path file = folder.resolve("hostile.pt");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            add(zip, "a/data.pkl", pickle());
            add(zip, "a/data/0", floats(floats));
        }
        return file;
    }

    static byte[] floats(int count) {
        ByteBuffer data = little(4 * count);
        for (int i = 0; i < count; i++) {
            data.putFloat(i);
        }
        return data.array();
    }

    static void add(ZipOutputStream zip, String name, byte[] content) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        CRC32 checksum = new CRC32();
        checksum.update(content);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        entry.setCrc(checksum.getValue());
        zip.putNextEntry(entry);
        ((OutputStream) zip).write(content);
        zip.closeEntry();
    }
}
