package org.openmoshi.models.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/** Writes safetensors files, each as a whole or not at all (see {@link AtomicFile}). */
public final class SafetensorsWriter {
    private static final int ALIGNMENT = 64;
    private static final int CHUNK_BYTES = 1 << 20;

    private SafetensorsWriter() {}

    /**
     * Creates or replaces a file. Wide types come first, so that every tensor starts at a multiple of its element size;
     * the data starts at a multiple of 64 bytes.
     *
     * @param tensors by name, written in their order
     * @param metadata free-form strings for the header
     * @throws CheckpointException when it cannot be written; a file that was there before is untouched then
     */
    public static void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata)
            throws CheckpointException {
        List<Map.Entry<String, Tensor>> order = new ArrayList<>(tensors.entrySet());
        order.sort(Comparator.comparingInt(entry -> -entry.getValue().dtype().bytes()));
        for (Map.Entry<String, Tensor> entry : order) {
            SafetensorsHeader.checkName(file, entry.getKey());
        }
        AtomicFile.write(file, channel -> {
            writeFully(channel, header(order, metadata));
            for (Map.Entry<String, Tensor> entry : order) {
                writeElements(channel, entry.getValue());
            }
        });
    }

    private static ByteBuffer header(List<Map.Entry<String, Tensor>> order, Map<String, String> metadata)
            throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(bytes)) {
            json.writeStartObject();
            if (!metadata.isEmpty()) {
                json.writeObjectFieldStart("__metadata__");
                for (Map.Entry<String, String> entry : metadata.entrySet()) {
                    json.writeStringField(entry.getKey(), entry.getValue());
                }
                json.writeEndObject();
            }
            long at = 0;
            for (Map.Entry<String, Tensor> entry : order) {
                Tensor tensor = entry.getValue();
                long end = at + tensor.size() * tensor.dtype().bytes();
                json.writeObjectFieldStart(entry.getKey());
                json.writeStringField("dtype", tensor.dtype().name());
                json.writeFieldName("shape");
                json.writeArray(tensor.shape().toArray(), 0, tensor.rank());
                json.writeFieldName("data_offsets");
                json.writeArray(new long[] {at, end}, 0, 2);
                json.writeEndObject();
                at = end;
            }
            json.writeEndObject();
        }
        while ((Long.BYTES + bytes.size()) % ALIGNMENT != 0) {
            bytes.write(' ');
        }
        return ByteBuffer.allocate(Long.BYTES + bytes.size())
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(bytes.size())
                .put(bytes.toByteArray())
                .flip();
    }

    private static void writeElements(FileChannel channel, Tensor tensor) throws IOException {
        try (Scope _ = Scope.open();
                Arena arena = Arena.ofConfined()) {
            Tensor source = tensor.contiguous();
            MemorySegment chunk = arena.allocate(CHUNK_BYTES, ALIGNMENT);
            long bytes = source.size() * source.dtype().bytes();
            long start = source.offset() * source.dtype().bytes();
            for (long done = 0; done < bytes; done += CHUNK_BYTES) {
                long count = Math.min(CHUNK_BYTES, bytes - done);
                source.backend().download(source.segment(), start + done, chunk, count);
                writeFully(channel, chunk.asSlice(0, count).asByteBuffer());
            }
        }
    }

    private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
