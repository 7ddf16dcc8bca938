package org.openmoshi.models.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Makes safetensors files byte by byte, right or wrong. */
final class HostileFiles {
    private HostileFiles() {}

    /** A file of the given header and number of zero bytes of data. */
    static Path write(Path folder, String header, int dataBytes) throws IOException {
        return write(folder, header.getBytes(StandardCharsets.UTF_8), dataBytes);
    }

    static Path write(Path folder, byte[] header, int dataBytes) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(8 + header.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(header.length).put(header);
        return Files.write(folder.resolve("hostile.safetensors"), bytes.array());
    }

    /** Opens and loads everything: what a program would do with the file. */
    static void readAll(Path file) throws CheckpointException {
        try (SafetensorsFile opened = SafetensorsFile.open(file)) {
            for (String name : opened.names()) {
                opened.load(name).close();
            }
        }
    }
}
