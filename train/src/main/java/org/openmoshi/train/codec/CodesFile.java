package org.openmoshi.train.codec;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.openmoshi.models.checkpoint.AtomicFile;
import org.openmoshi.models.checkpoint.CheckpointException;
import org.openmoshi.models.mimi.Mimi;
import org.openmoshi.tensor.Tensor;

/**
 * The codes of one recording and what decoding them takes, in a {@code .mimi} container ({@link ContainerHeader}) or a
 * safetensors file ({@link SafetensorsCodes}).
 *
 * @param codes int64 [1, K, frames], belongs to the scope in which it was made or read
 * @param length samples of the recording at the codec's rate; the last frame may reach beyond it
 * @param origin what made them
 * @param damage what of it could not be read, for people; null when all is there
 */
public record CodesFile(
        Tensor codes,
        long length,
        CodesOrigin origin,
        @Nullable String damage) {
    /** The ends of the names of files that can be written. */
    public static final List<String> EXTENSIONS = List.of(".mimi", ".safetensors");

    /** 10 seconds of Mimi: blocks of about one percent more than their codes, and not much lost with one of them. */
    private static final int BLOCK_FRAMES = 125;

    /** Codes that a codec made of {@code length} samples. */
    public static CodesFile of(Mimi mimi, Tensor codes, long length) {
        return new CodesFile(codes, length, CodesOrigin.of(mimi, codes.intDim(1)), null);
    }

    /**
     * Creates or replaces a file: a container, or a safetensors file when it is named as one.
     *
     * @throws CheckpointException when it cannot be written; a file that was there before is untouched then
     */
    public void write(Path file) throws CheckpointException {
        if (file.toString().toLowerCase(Locale.ROOT).endsWith(".safetensors")) {
            SafetensorsCodes.write(file, this);
        } else {
            writeContainer(file);
        }
    }

    private void writeContainer(Path file) throws CheckpointException {
        int codebooks = codes.intDim(1);
        int frames = codes.intDim(2);
        long[] values = codes.toLongs();
        ContainerHeader header = ContainerHeader.of(origin, BLOCK_FRAMES);
        AtomicFile.write(file, channel -> {
            BufferedOutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel));
            ContainerWriter writer = new ContainerWriter(out, header);
            int[] frame = new int[codebooks];
            for (int t = 0; t < frames; t++) {
                for (int k = 0; k < codebooks; k++) {
                    frame[k] = (int) values[k * frames + t];
                }
                writer.write(frame);
            }
            writer.finish(length);
        });
    }

    /**
     * Reads a file of either kind. Of a damaged container it gives what can be read, and says so in {@link #damage}.
     *
     * @throws CodesException when no frame of a container can be read
     * @throws CheckpointException when it is no file of codes, or is damaged
     */
    public static CodesFile read(Path file) throws IOException {
        if (!isContainer(file)) {
            return SafetensorsCodes.read(file);
        }
        try (InputStream in = Files.newInputStream(file)) {
            ContainerReader reader = new ContainerReader(in, file.toString());
            List<int[]> frames = new ArrayList<>();
            for (int[] frame = reader.nextFrame(); frame != null; frame = reader.nextFrame()) {
                frames.add(frame);
            }
            reader.drain();
            if (frames.isEmpty()) {
                throw new CodesException(file + ": no frame can be read (" + reader.damage() + ")");
            }
            Tensor codes = tensor(frames, reader.header().codebooks());
            return new CodesFile(codes, reader.length(), reader.header().origin(), reader.damage());
        }
    }

    /** Whether a file holds codes, damaged or not, of either kind. */
    public static boolean isCodes(Path file) throws IOException {
        return Files.isRegularFile(file) && (isContainer(file) || SafetensorsCodes.isCodes(file));
    }

    /** By its name, or by its first bytes. */
    private static boolean isContainer(Path file) throws IOException {
        if (file.toString().toLowerCase(Locale.ROOT).endsWith(".mimi")) {
            return true;
        }
        try (InputStream in = Files.newInputStream(file)) {
            return ContainerHeader.startsWithMagic(in.readNBytes(ContainerHeader.BYTES));
        }
    }

    private static Tensor tensor(List<int[]> frames, int codebooks) {
        long[] values = new long[Math.multiplyExact(frames.size(), codebooks)];
        for (int t = 0; t < frames.size(); t++) {
            for (int k = 0; k < codebooks; k++) {
                values[k * frames.size() + t] = frames.get(t)[k];
            }
        }
        return Tensor.of(values, 1, codebooks, frames.size());
    }

    /** How many different codes are in use, per codebook. */
    public int[] used() {
        int codebooks = codes.intDim(1);
        int frames = codes.intDim(2);
        long[] values = codes.toLongs();
        int[] used = new int[codebooks];
        Arrays.setAll(used, k -> (int)
                Arrays.stream(values, k * frames, (k + 1) * frames).distinct().count());
        return used;
    }

    /**
     * Refuses codes that a codec cannot decode.
     *
     * @param name what the message calls these codes
     * @throws CodesException when another codec made them
     */
    public void requireMadeBy(Mimi mimi, String name) throws CodesException {
        origin.require(mimi, name);
        long most = codes.dim(2) * mimi.config().frameSize();
        if (length > most || length <= most - mimi.config().frameSize()) {
            throw new CodesException(name + ": a length of " + length + " samples does not fit " + codes.dim(2)
                    + " frames; the file is damaged, encode the recording again");
        }
    }
}
