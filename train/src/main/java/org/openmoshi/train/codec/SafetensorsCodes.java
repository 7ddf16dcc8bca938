package org.openmoshi.train.codec;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.openmoshi.models.checkpoint.CheckpointException;
import org.openmoshi.models.checkpoint.SafetensorsFile;
import org.openmoshi.models.checkpoint.SafetensorsWriter;
import org.openmoshi.models.checkpoint.TensorFile;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Shape;

/**
 * Codes in a safetensors file, for programs that read them as a tensor: {@code codes} int64 [1, K, frames], and what
 * decoding takes in the metadata.
 */
final class SafetensorsCodes {
    private static final String CODES = "codes";

    private SafetensorsCodes() {}

    static boolean isCodes(Path file) throws CheckpointException {
        if (file.toString().endsWith(TensorFile.INDEX_SUFFIX)) {
            return false;
        }
        try (SafetensorsFile source = SafetensorsFile.open(file)) {
            return source.contains(CODES) && source.metadata().containsKey("codec");
        }
    }

    static void write(Path file, CodesFile codes) throws CheckpointException {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("length", Long.toString(codes.length()));
        metadata.put("sample_rate", Integer.toString(codes.origin().sampleRate()));
        metadata.put("frame_rate", Double.toString(codes.origin().frameRate()));
        metadata.put("codebook_size", Integer.toString(codes.origin().codebookSize()));
        metadata.put("codec", codes.origin().fingerprint());
        SafetensorsWriter.write(file, Map.of(CODES, codes.codes()), metadata);
    }

    static CodesFile read(Path file) throws CheckpointException {
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
            long length = number(source, "length", Long::valueOf);
            CodesOrigin origin = new CodesOrigin(
                    number(source, "sample_rate", Integer::valueOf),
                    number(source, "frame_rate", Double::valueOf),
                    Math.toIntExact(shape.dim(1)),
                    number(source, "codebook_size", Integer::valueOf),
                    metadata(source, "codec"));
            CodesFile read = new CodesFile(source.load(CODES), length, origin, null);
            checkRange(file, read);
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

    private static void checkRange(Path file, CodesFile codes) throws CheckpointException {
        for (long code : codes.codes().toLongs()) {
            if (code < 0 || code >= codes.origin().codebookSize()) {
                throw new CheckpointException(file + ": code " + code + " is outside of a codebook of size "
                        + codes.origin().codebookSize() + "; the file is damaged, encode the recording again");
            }
        }
    }
}
