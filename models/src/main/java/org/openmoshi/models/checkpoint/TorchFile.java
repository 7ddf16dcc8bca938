package org.openmoshi.models.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.openmoshi.models.checkpoint.TorchTensor.TorchStorage;
import org.openmoshi.tensor.Backends;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;

/**
 * A file that PyTorch's torch.save wrote (1.6 or later): a zip archive of uncompressed files, {@code NAME/data.pkl} with
 * a pickle of the objects and {@code NAME/data/KEY} with the elements of each storage. Of the pickle only tensors and
 * plain containers are made, no code of the file runs, and no number of it is believed before it was checked.
 */
public final class TorchFile implements AutoCloseable {
    private static final long MAX_PICKLE_BYTES = 64L << 20;
    private static final int MAX_ENTRIES = 100_000;
    private static final int CHUNK_BYTES = 1 << 16;

    private final Path file;
    private final ZipFile zip;
    private final Map<String, ZipEntry> entries;
    private final String prefix;
    private final Map<?, ?> root;

    private TorchFile(Path file, ZipFile zip) throws IOException, PickleException {
        this.file = file;
        this.zip = zip;
        this.entries = entries(zip, Files.size(file));
        this.prefix = prefix();
        Object content = PickleReader.read(ByteBuffer.wrap(bytes(prefix + "data.pkl")), new TorchObjects());
        if (!(content instanceof Map<?, ?> map)) {
            throw new PickleException("it holds " + PickleReader.kind(content) + " instead of a dictionary");
        }
        this.root = map;
    }

    /**
     * Opens a file and reads all of it but the elements.
     *
     * @throws CheckpointException when it is missing, damaged, or holds more than tensors and plain containers
     */
    public static TorchFile open(Path file) throws CheckpointException {
        if (!Files.isRegularFile(file)) {
            throw new CheckpointException(file + " does not exist");
        }
        ZipFile zip = null;
        boolean opened = false;
        try {
            zip = new ZipFile(file.toFile());
            TorchFile torch = new TorchFile(file, zip);
            opened = true;
            return torch;
        } catch (PickleException | ZipException | IllegalArgumentException e) {
            throw invalid(file, e instanceof PickleException ? String.valueOf(e.getMessage()) : "no valid archive", e);
        } catch (IOException e) {
            throw new CheckpointException(file + " could not be read: " + e.getMessage(), e);
        } finally {
            if (zip != null && !opened) {
                closeQuietly(zip);
            }
        }
    }

    /** Whether a file begins as a zip archive does. */
    public static boolean looksLike(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] start = in.readNBytes(4);
            return start.length == 4 && start[0] == 'P' && start[1] == 'K' && start[2] == 3 && start[3] == 4;
        }
    }

    private static CheckpointException invalid(Path file, String what, Exception cause) {
        return new CheckpointException(
                file + ": " + what + "; the file is damaged, or no state dict that torch.save of PyTorch 1.6 or later"
                        + " wrote: fetch it again, or save the state dict alone",
                cause);
    }

    private static void closeQuietly(ZipFile zip) {
        try {
            zip.close();
        } catch (IOException e) {
            // an exception that says what is wrong is on its way
        }
    }

    // ---- the archive ----------------------------------------------------------------------------------------------

    private static Map<String, ZipEntry> entries(ZipFile zip, long fileBytes) throws PickleException {
        Map<String, ZipEntry> entries = new LinkedHashMap<>();
        long sum = 0;
        if (zip.size() > MAX_ENTRIES) {
            throw new PickleException("the archive has more than " + MAX_ENTRIES + " files");
        }
        for (ZipEntry entry : Collections.list(zip.entries())) {
            if (entry.getMethod() != ZipEntry.STORED || entry.getSize() != entry.getCompressedSize()) {
                throw new PickleException("the archive is compressed, which those of PyTorch are not");
            }
            if (entries.put(entry.getName(), entry) != null) {
                throw new PickleException("the archive has two files of one name");
            }
            sum += entry.getSize();
            if (entry.getSize() < 0 || entry.getSize() > fileBytes || sum > fileBytes) {
                throw new PickleException("the files of the archive overlap or are longer than it");
            }
        }
        return entries;
    }

    /** The folder of the archive that all is in, with its slash. */
    private String prefix() throws IOException, PickleException {
        String found = null;
        for (String name : entries.keySet()) {
            if (name.endsWith("/data.pkl") && name.indexOf('/') == name.length() - "/data.pkl".length()) {
                if (found != null) {
                    throw new PickleException("the archive has two pickles");
                }
                found = name.substring(0, name.length() - "data.pkl".length());
            }
        }
        if (found == null) {
            throw new PickleException("the archive has no data.pkl");
        }
        String order = found + "byteorder";
        if (entries.containsKey(order) && !new String(bytes(order), StandardCharsets.US_ASCII).equals("little")) {
            throw new PickleException("it was written on a big-endian machine");
        }
        return found;
    }

    private ZipEntry entry(String name) throws PickleException {
        ZipEntry entry = entries.get(name);
        if (entry == null) {
            throw new PickleException("a storage has no file in the archive");
        }
        return entry;
    }

    private byte[] bytes(String name) throws IOException, PickleException {
        long size = entry(name).getSize();
        if (size > MAX_PICKLE_BYTES) {
            throw new PickleException("its pickle has " + size + " bytes, at most " + MAX_PICKLE_BYTES + " are read");
        }
        try (Arena arena = Arena.ofConfined()) {
            return read(name, 0, size, arena).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    /** The bytes [from, from + count) of a file of the archive, whose checksum is verified over all of it. */
    private MemorySegment read(String name, long from, long count, Arena arena) throws IOException, PickleException {
        ZipEntry entry = entry(name);
        MemorySegment target = arena.allocate(Math.max(1, count), 64);
        byte[] chunk = new byte[CHUNK_BYTES];
        CRC32 checksum = new CRC32();
        long at = 0;
        try (InputStream in = zip.getInputStream(entry)) {
            for (int got = in.read(chunk); got >= 0; got = in.read(chunk)) {
                checksum.update(chunk, 0, got);
                long begin = Math.clamp(from - at, 0, got);
                long end = Math.clamp(from + count - at, begin, got);
                MemorySegment.copy(
                        MemorySegment.ofArray(chunk), begin, target, Math.max(0, at + begin - from), end - begin);
                at += got;
            }
        }
        if (at != entry.getSize() || checksum.getValue() != entry.getCrc()) {
            throw new PickleException("a file of the archive does not have its length or checksum");
        }
        return target.asSlice(0, count);
    }

    // ---- content --------------------------------------------------------------------------------------------------

    /** Whether there is a value under a key of the outermost dictionary. */
    public boolean contains(String key) {
        return root.containsKey(key);
    }

    /**
     * A dictionary under a key, of plain values only: text, numbers and truth values; what else it holds is left out.
     *
     * @throws CheckpointException when there is none
     */
    public Map<String, Object> plainValues(String key) throws CheckpointException {
        if (!(root.get(key) instanceof Map<?, ?> map)) {
            throw new CheckpointException(file + " has no dictionary '" + key + "'");
        }
        Map<String, Object> plain = new LinkedHashMap<>();
        map.forEach((name, value) -> {
            boolean isPlain = value instanceof String
                    || value instanceof Long
                    || value instanceof Double
                    || value instanceof Boolean;
            if (isPlain && name instanceof String text) {
                plain.put(text, value);
            }
        });
        return plain;
    }

    /** The outermost dictionary as a state dict. */
    public TensorSource tensors() throws CheckpointException {
        return stateDict("the file", root);
    }

    /** The dictionary under a key as a state dict. */
    public TensorSource tensors(String key) throws CheckpointException {
        if (!(root.get(key) instanceof Map<?, ?> map)) {
            throw new CheckpointException(file + " has no dictionary '" + key + "'");
        }
        return stateDict("'" + key + "'", map);
    }

    private TensorSource stateDict(String where, Map<?, ?> map) throws CheckpointException {
        Map<String, TorchTensor> tensors = new LinkedHashMap<>();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            if (!(entry.getKey() instanceof String name) || !(entry.getValue() instanceof TorchTensor tensor)) {
                throw new CheckpointException(
                        file + ": " + where + " is no state dict, it holds " + PickleReader.kind(entry.getValue()));
            }
            SafetensorsHeader.checkName(file, name);
            checkStorage(name, tensor.storage());
            tensors.put(name, tensor);
        }
        return new StateDictSource(tensors);
    }

    private void checkStorage(String name, TorchStorage storage) throws CheckpointException {
        ZipEntry entry = entries.get(prefix + "data/" + storage.key());
        int width = storage.dtype().bytes();
        if (entry == null || entry.getSize() / width != storage.size() || entry.getSize() % width != 0) {
            throw new CheckpointException(file + ": tensor '" + name + "' needs a storage of " + storage.size()
                    + " elements of " + storage.dtype() + ", the archive has "
                    + (entry == null ? "none" : entry.getSize() + " bytes") + "; fetch the file again");
        }
    }

    private final class StateDictSource implements TensorSource {
        private final Map<String, TorchTensor> tensors;

        StateDictSource(Map<String, TorchTensor> tensors) {
            this.tensors = tensors;
        }

        @Override
        public Path file() {
            return file;
        }

        @Override
        public Set<String> names() {
            return Collections.unmodifiableSet(tensors.keySet());
        }

        @Override
        public boolean contains(String name) {
            return tensors.containsKey(name);
        }

        @Override
        public Shape shape(String name) throws CheckpointException {
            return tensor(name).shape();
        }

        private TorchTensor tensor(String name) throws CheckpointException {
            TorchTensor tensor = tensors.get(name);
            if (tensor == null) {
                throw new CheckpointException(file + " has no tensor '" + name + "'");
            }
            return tensor;
        }

        @Override
        public Tensor load(String name, DType dtype) throws CheckpointException {
            TorchTensor tensor = tensor(name);
            try (Arena arena = Arena.ofConfined()) {
                Tensor stored = Tensor.of(
                        Backends.defaultBackend(),
                        elements(tensor, arena),
                        tensor.storage().dtype(),
                        tensor.shape());
                if (stored.dtype() == dtype) {
                    return stored;
                }
                try (stored) {
                    return stored.cast(dtype);
                }
            } catch (PickleException e) {
                throw invalid(file, e.getMessage() + " (tensor '" + name + "')", e);
            } catch (IOException e) {
                throw new CheckpointException(file + " could not be read: " + e.getMessage(), e);
            }
        }
    }

    /** The elements of a tensor in row-major order. */
    private MemorySegment elements(TorchTensor tensor, Arena arena) throws IOException, PickleException {
        String name = prefix + "data/" + tensor.storage().key();
        long width = tensor.storage().dtype().bytes();
        if (tensor.isContiguous()) {
            return read(name, tensor.offset() * width, tensor.shape().size() * width, arena);
        }
        MemorySegment all = read(name, 0, tensor.storage().size() * width, arena);
        long[] positions = tensor.positions();
        MemorySegment elements = arena.allocate(positions.length * width, 64);
        for (int i = 0; i < positions.length; i++) {
            MemorySegment.copy(all, positions[i] * width, elements, i * width, width);
        }
        return elements;
    }

    @Override
    public void close() throws CheckpointException {
        try {
            zip.close();
        } catch (IOException e) {
            throw new CheckpointException(file + " could not be closed: " + e.getMessage(), e);
        }
    }
}
