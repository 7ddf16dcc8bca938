package org.openmoshi.train.distill;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.openmoshi.tensor.Tensor;

/** SHA-256 of what features depend on, as hexadecimal digits. */
final class Digests {
    private static final int CHUNK_BYTES = 1 << 16;

    private Digests() {}

    /** Names and values by name: the same weights in another form of file are the same teacher. */
    static String ofWeights(Map<String, Tensor> tensors) {
        MessageDigest digest = sha256();
        for (Map.Entry<String, Tensor> entry : new TreeMap<>(tensors).entrySet()) {
            digest.update(entry.getKey().getBytes(StandardCharsets.UTF_8));
            update(digest, entry.getValue().toFloats());
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** The bytes of a file. */
    static String ofFile(Path file) throws IOException {
        MessageDigest digest = sha256();
        byte[] chunk = new byte[CHUNK_BYTES];
        try (InputStream in = Files.newInputStream(file)) {
            for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
                digest.update(chunk, 0, count);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Text. */
    static String ofText(String text) {
        return HexFormat.of().formatHex(sha256().digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** Numbers. */
    static String ofFloats(float[] values) {
        MessageDigest digest = sha256();
        update(digest, values);
        return HexFormat.of().formatHex(digest.digest());
    }

    private static void update(MessageDigest digest, float[] values) {
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        int perChunk = CHUNK_BYTES / Float.BYTES;
        for (int done = 0; done < values.length; done += perChunk) {
            int count = Math.min(perChunk, values.length - done);
            chunk.clear();
            chunk.asFloatBuffer().put(values, done, count);
            digest.update(chunk.limit(count * Float.BYTES));
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
