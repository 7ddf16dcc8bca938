package org.openmoshi.models.checkpoint;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.Backends;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;

/**
 * A safetensors file, mapped into memory: eight bytes of little-endian header length, a JSON header, then the bytes of
 * the tensors. The header is checked when the file is opened; a tensor is copied when it is asked for.
 */
public final class SafetensorsFile implements TensorFile {
    /** The format's own limit. */
    private static final long MAX_HEADER_BYTES = 100_000_000;

    private final Path file;
    private final Arena arena;
    private final MemorySegment data;
    private final SafetensorsHeader header;

    private SafetensorsFile(Path file, Arena arena, MemorySegment data, SafetensorsHeader header) {
        this.file = file;
        this.arena = arena;
        this.data = data;
        this.header = header;
    }

    /**
     * Opens a file and checks its header.
     *
     * @throws CheckpointException when it is missing, unreadable or not valid
     */
    public static SafetensorsFile open(Path file) throws CheckpointException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long fileBytes = channel.size();
            ByteBuffer header = readHeader(file, channel, fileBytes);
            long start = (long) Long.BYTES + header.remaining();
            SafetensorsHeader parsed = SafetensorsHeader.parse(file, decode(file, header), fileBytes - start);
            Arena arena = Arena.ofShared();
            try {
                MemorySegment data = channel.map(FileChannel.MapMode.READ_ONLY, start, fileBytes - start, arena);
                return new SafetensorsFile(file, arena, data, parsed);
            } catch (IOException e) {
                arena.close();
                throw e;
            }
        } catch (NoSuchFileException e) {
            throw new CheckpointException(file + " does not exist", e);
        } catch (CheckpointException e) {
            throw e;
        } catch (IOException e) {
            throw new CheckpointException(file + " could not be read: " + e.getMessage(), e);
        }
    }

    private static ByteBuffer readHeader(Path file, FileChannel channel, long fileBytes) throws IOException {
        if (fileBytes < Long.BYTES) {
            throw CheckpointException.invalid(file, "it has only " + fileBytes + " bytes");
        }
        long length = read(channel, Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).getLong();
        long room = Math.min(fileBytes - Long.BYTES, MAX_HEADER_BYTES);
        if (length < 0 || length > room) {
            throw CheckpointException.invalid(
                    file,
                    "its header would have " + Long.toUnsignedString(length) + " bytes, at most " + room
                            + " are possible");
        }
        return read(channel, (int) length);
    }

    private static ByteBuffer read(FileChannel channel, int count) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(count);
        while (bytes.hasRemaining()) {
            if (channel.read(bytes) < 0) {
                throw new EOFException("it became shorter while it was read");
            }
        }
        return bytes.flip();
    }

    private static String decode(Path file, ByteBuffer bytes) throws CheckpointException {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            throw CheckpointException.invalid(file, "the header is not UTF-8");
        }
    }

    /** The file. */
    @Override
    public Path file() {
        return file;
    }

    /** The free-form strings of the header's {@code __metadata__}. */
    @Override
    public Map<String, String> metadata() {
        return Collections.unmodifiableMap(header.metadata());
    }

    /** Names of all tensors, in the header's order. */
    @Override
    public Set<String> names() {
        return Collections.unmodifiableSet(header.entries().keySet());
    }

    /** True when there is a tensor of this name. */
    @Override
    public boolean contains(String name) {
        return header.entries().containsKey(name);
    }

    /** The shape of a tensor. */
    @Override
    public Shape shape(String name) throws CheckpointException {
        return entry(name).shape();
    }

    /** The stored type of a tensor. */
    @Override
    public DType dtype(String name) throws CheckpointException {
        return entry(name).dtype();
    }

    /** A tensor as it is stored, on the default backend. */
    @Override
    public Tensor load(String name) throws CheckpointException {
        return load(Backends.defaultBackend(), name);
    }

    /** A tensor as it is stored, on a given backend. */
    public Tensor load(Backend backend, String name) throws CheckpointException {
        SafetensorsHeader.Entry entry = entry(name);
        MemorySegment bytes = data.asSlice(entry.begin(), entry.end() - entry.begin());
        if (entry.dtype() == DType.BOOL) {
            checkBooleans(name, bytes);
        }
        return Tensor.of(backend, bytes, entry.dtype(), entry.shape());
    }

    private void checkBooleans(String name, MemorySegment bytes) throws CheckpointException {
        for (long i = 0; i < bytes.byteSize(); i++) {
            if ((bytes.get(ValueLayout.JAVA_BYTE, i) & 0xFE) != 0) {
                throw CheckpointException.invalid(file, "tensor '" + name + "' of BOOL holds other bytes than 0 and 1");
            }
        }
    }

    private SafetensorsHeader.Entry entry(String name) throws CheckpointException {
        SafetensorsHeader.Entry entry = header.entries().get(name);
        if (entry == null) {
            throw new CheckpointException(file + " has no tensor '" + name + "'; it has "
                    + header.entries().size() + ", such as "
                    + header.entries().keySet().stream().limit(3).toList());
        }
        return entry;
    }

    /** Unmaps the file; tensors that were loaded stay. */
    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
