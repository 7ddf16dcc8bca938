package org.openmoshi.train.codec;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.openmoshi.models.mimi.Mimi;
import org.openmoshi.tensor.Tensor;

/** Tells codecs apart by their codebooks: codes mean something only to the codec whose codebooks they index. */
public final class Fingerprint {
    private static final int HEX_DIGITS = 16;

    private Fingerprint() {}

    /** The first digits of the SHA-256 of all codebooks (they are the codec's buffers): names and values, by name. */
    public static String of(Mimi mimi) {
        MessageDigest digest = sha256();
        for (Map.Entry<String, Tensor> buffer : new TreeMap<>(mimi.stateDict().buffers()).entrySet()) {
            digest.update(buffer.getKey().getBytes(StandardCharsets.UTF_8));
            float[] values = buffer.getValue().toFloats();
            ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asFloatBuffer().put(values);
            digest.update(bytes);
        }
        return HexFormat.of().formatHex(digest.digest()).substring(0, HEX_DIGITS);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
