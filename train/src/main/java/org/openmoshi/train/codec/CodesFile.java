package org.openmoshi.train.codec;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.openmoshi.models.checkpoint.CheckpointException;
import org.openmoshi.models.checkpoint.SafetensorsFile;
import org.openmoshi.models.checkpoint.SafetensorsWriter;
import org.openmoshi.models.mimi.Mimi;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;

/**
 * The codes of one recording: a safetensors file with the int64 tensor {@code codes} [1, K, frames] and, in its
 * metadata, what decoding them takes.
 *
 * @param codes int64 [1, K, frames], belongs to the scope in which it was made or read
 * @param length samples of the recording at the codec's rate; the last frame may reach beyond it
 * @param sampleRate of the codec, Hz
 * @param frameRate of the codes, Hz
 * @param codebookSize vectors per codebook
 * @param codec fingerprint of the codec's codebooks
 */
public record CodesFile(Tensor codes, long length, int sampleRate, double frameRate, int codebookSize, String codec) {
    private static final String CODES = "codes";

    /** Codes that a codec made of {@code length} samples. */
    public static CodesFile of(Mimi mimi, Tensor codes, long length) {
        return new CodesFile(
                codes,
                length,
                mimi.config().sampleRate(),
                mimi.config().frameRate(),
                mimi.config().quantizer().bins(),
                Fingerprint.of(mimi));
    }

    /**
     * Creates or replaces a file.
     *
     * @throws CheckpointException when it cannot be written; a file that was there before is untouched then
     */
    public void write(Path file) throws CheckpointException {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("length", Long.toString(length));
        metadata.put("sample_rate", Integer.toString(sampleRate));
        metadata.put("frame_rate", Double.toString(frameRate));
        metadata.put("codebook_size", Integer.toString(codebookSize));
        metadata.put("codec", codec);
        SafetensorsWriter.write(file, Map.of(CODES, codes), metadata);
    }

    /**
     * Reads a file.
     *
     * @throws CheckpointException when it is no file of codes, or is damaged
     */
    public static CodesFile read(Path file) throws CheckpointException {
        try (SafetensorsFile source = SafetensorsFile.open(file)) {
            if (!source.contains(CODES)) {
                throw new CheckpointException(
                        file + " holds no codes: name a file that 'openmoshi codec encode' has written");
            }
            Shape shape = source.shape(CODES);
            if (source.dtype(CODES) != DType.I64 || shape.rank() != 3 || shape.dim(0) != 1 || shape.size() == 0) {
                throw new CheckpointException(file + ": codes are " + source.dtype(CODES) + shape
                        + ", must be I64[1, codebooks, frames], none of them 0");
            }
            CodesFile read = new CodesFile(
                    source.load(CODES),
                    number(source, "length", Long::valueOf),
                    number(source, "sample_rate", Integer::valueOf),
                    number(source, "frame_rate", Double::valueOf),
                    number(source, "codebook_size", Integer::valueOf),
                    metadata(source, "codec"));
            read.checkRange(file);
            return read;
        }
    }

    private static <N> N number(SafetensorsFile source, String key, Function<String, N> parse)
            throws CheckpointException {
        String text = metadata(source, key);
        try {
            return parse.apply(text);
        } catch (NumberFormatException e) {
            throw new CheckpointException(source.file() + ": " + key + " in its metadata is '" + text + "', no number");
        }
    }

    private static String metadata(SafetensorsFile source, String key) throws CheckpointException {
        String text = source.metadata().get(key);
        if (text == null) {
            throw new CheckpointException(source.file() + ": its metadata does not say " + key
                    + "; encode the recording again with 'openmoshi codec encode'");
        }
        return text;
    }

    private void checkRange(Path file) throws CheckpointException {
        for (long code : codes.toLongs()) {
            if (code < 0 || code >= codebookSize) {
                throw new CheckpointException(file + ": code " + code + " is outside of a codebook of size "
                        + codebookSize + "; the file is damaged, encode the recording again");
            }
        }
    }

    /**
     * Refuses codes that a codec cannot decode.
     *
     * @param file what the message calls these codes
     * @throws CheckpointException when another codec made them
     */
    public void requireMadeBy(Mimi mimi, Path file) throws CheckpointException {
        CodesFile own = of(mimi, codes, length);
        if (own.codebookSize != codebookSize || own.frameRate != frameRate || own.sampleRate != sampleRate) {
            throw new CheckpointException(file + " was made by another codec (" + describe() + ") than this one ("
                    + own.describe() + "): name the one that made it with --checkpoint");
        }
        if (!own.codec.equals(codec)) {
            throw new CheckpointException(file + " was made by another codec of the same form (fingerprint " + codec
                    + ") than this one (" + own.codec + "): name the one that made it with --checkpoint");
        }
        long most = codes.dim(2) * mimi.config().frameSize();
        if (length > most || length <= most - mimi.config().frameSize()) {
            throw new CheckpointException(file + ": a length of " + length + " samples does not fit " + codes.dim(2)
                    + " frames; the file is damaged, encode the recording again");
        }
    }

    private String describe() {
        return sampleRate + " Hz, " + frameRate + " frames/s, codebooks of " + codebookSize;
    }
}
