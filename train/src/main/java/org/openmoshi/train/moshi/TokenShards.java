package org.openmoshi.train.moshi;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32C;
import org.openmoshi.models.checkpoint.AtomicFile;
import org.openmoshi.models.checkpoint.CheckpointException;
import org.openmoshi.models.checkpoint.SafetensorsFile;
import org.openmoshi.models.checkpoint.SafetensorsWriter;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;

/**
 * A folder of tokenized conversations: {@code tokens.json} says what they are, {@code tokens-00000.safetensors} and so on
 * hold an int32 tensor [streams, frames] per conversation (text, Moshi's codes, the user's codes; -1 where nothing
 * stands). Files are mapped into memory; each conversation's CRC-32C is checked when it is first read.
 */
public final class TokenShards implements AutoCloseable {
    private static final String INDEX = "tokens.json";
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * What the tokens are; training refuses a model that does not fit.
     *
     * @param codec fingerprint of the codec that made the codes
     * @param tokenizer fingerprint of the text tokenizer
     * @param frameRate frames per second
     * @param streams text and audio streams
     * @param codebookSize codes per codebook
     * @param textVocabulary tokens of the text
     */
    public record Identity(
            String codec, String tokenizer, double frameRate, int streams, int codebookSize, int textVocabulary) {}

    /** A conversation: its name, length in frames, file and checksum. */
    public record Sample(String name, int frames, String file, long crc32c) {}

    private record Index(Identity identity, List<Sample> samples) {}

    private final Path folder;
    private final Index index;
    private final Map<String, SafetensorsFile> files = new LinkedHashMap<>();
    private final Set<String> checked = new HashSet<>();

    private TokenShards(Path folder, Index index) {
        this.folder = folder;
        this.index = index;
    }

    /**
     * Opens a folder.
     *
     * @throws CheckpointException when it holds no tokens, or a file is missing or damaged
     */
    public static TokenShards open(Path folder) throws CheckpointException {
        Path file = folder.resolve(INDEX);
        Index index;
        try {
            index = JSON.readValue(Files.readAllBytes(file), Index.class);
        } catch (NoSuchFileException e) {
            throw new CheckpointException(
                    folder + " holds no tokens: it has no " + INDEX + "; make some with 'openmoshi data tokenize'", e);
        } catch (IOException e) {
            throw new CheckpointException(file + " cannot be read as the index of tokens: " + e.getMessage(), e);
        }
        TokenShards shards = new TokenShards(folder, index);
        try {
            for (Sample sample : index.samples()) {
                shards.check(sample);
            }
        } catch (CheckpointException e) {
            shards.close();
            throw e;
        }
        return shards;
    }

    private void check(Sample sample) throws CheckpointException {
        SafetensorsFile file = file(sample);
        Shape expected = Shape.of(index.identity().streams(), sample.frames());
        if (!file.contains(sample.name())
                || file.dtype(sample.name()) != DType.I32
                || !file.shape(sample.name()).equals(expected)) {
            throw new CheckpointException(file.file() + " does not hold '" + sample.name() + "' as I32" + expected
                    + ", as " + INDEX + " says; make the tokens again");
        }
    }

    private SafetensorsFile file(Sample sample) throws CheckpointException {
        SafetensorsFile file = files.get(sample.file());
        if (file == null) {
            file = SafetensorsFile.open(folder.resolve(sample.file()));
            files.put(sample.file(), file);
        }
        return file;
    }

    /** What the tokens are. */
    public Identity identity() {
        return index.identity();
    }

    /** The conversations, in the order in which they were written. */
    public List<Sample> samples() {
        return index.samples();
    }

    /** Frames of all conversations. */
    public long frames() {
        return index.samples().stream().mapToLong(Sample::frames).sum();
    }

    /**
     * The tokens of a conversation, stream after stream: [streams * frames].
     *
     * @throws CheckpointException when they are damaged
     */
    public long[] read(Sample sample) throws CheckpointException {
        long[] tokens;
        try (Scope _ = Scope.open()) {
            tokens = file(sample).load(sample.name(), DType.I64).toLongs();
        }
        if (!checked.contains(sample.name()) && checksum(tokens) != sample.crc32c()) {
            throw new CheckpointException(folder.resolve(sample.file()) + ": the tokens of '" + sample.name()
                    + "' are damaged (their checksum differs); make the tokens again");
        }
        checked.add(sample.name());
        return tokens;
    }

    private static long checksum(long[] tokens) {
        CRC32C crc = new CRC32C();
        ByteBuffer bytes = ByteBuffer.allocate(tokens.length * Integer.BYTES);
        for (long token : tokens) {
            bytes.putInt((int) token);
        }
        crc.update(bytes.flip());
        return crc.getValue();
    }

    @Override
    public void close() {
        files.values().forEach(SafetensorsFile::close);
        files.clear();
    }

    /** Writes a folder, one file per so many conversations. Nothing counts until {@link #finish}. */
    public static final class Writer {
        private static final int FRAMES_PER_FILE = 1 << 20; // 71 MB of 17 streams

        private final Path folder;
        private final Identity identity;
        private final List<Sample> samples = new ArrayList<>();
        private final Set<String> names = new HashSet<>();
        private final Map<String, long[]> pending = new LinkedHashMap<>();
        private int pendingFrames;
        private int written;

        /** Starts in a folder, which is made. */
        public Writer(Path folder, Identity identity) throws IOException {
            this.folder = folder;
            this.identity = identity;
            Files.createDirectories(folder);
        }

        /**
         * Adds a conversation.
         *
         * @param tokens [streams * frames], stream after stream
         */
        public void add(String name, long[] tokens) throws CheckpointException {
            if (tokens.length == 0 || tokens.length % identity.streams() != 0) {
                throw new IllegalArgumentException(
                        "'" + name + "': " + tokens.length + " tokens do not make " + identity.streams() + " streams");
            }
            if (!names.add(name)) {
                throw new IllegalArgumentException("two conversations are called '" + name + "'");
            }
            int frames = tokens.length / identity.streams();
            if (pendingFrames > 0 && pendingFrames + frames > FRAMES_PER_FILE) {
                flush();
            }
            pending.put(name, tokens);
            pendingFrames += frames;
        }

        private void flush() throws CheckpointException {
            String file = "tokens-%05d.safetensors".formatted(written++);
            try (Scope _ = Scope.open()) {
                Map<String, Tensor> tensors = new LinkedHashMap<>();
                pending.forEach((name, tokens) -> {
                    int frames = tokens.length / identity.streams();
                    tensors.put(
                            name, Tensor.of(tokens, identity.streams(), frames).cast(DType.I32));
                    samples.add(new Sample(name, frames, file, checksum(tokens)));
                });
                SafetensorsWriter.write(folder.resolve(file), tensors, Map.of());
            }
            pending.clear();
            pendingFrames = 0;
        }

        /** Writes what is left and the index. */
        public void finish() throws IOException {
            if (!pending.isEmpty()) {
                flush();
            }
            byte[] json = JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(new Index(identity, samples));
            AtomicFile.write(folder.resolve(INDEX), json);
        }
    }
}
