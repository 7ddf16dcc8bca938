package org.openmoshi.train.codec;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.openmoshi.models.mimi.CodebookLevel;
import org.openmoshi.models.mimi.Mimi;
import org.openmoshi.tensor.Tensor;

/** Tells codecs apart by their codebooks: codes mean something only to the codec whose codebooks they index. */
public final class Fingerprint {
    private static final int HEX_DIGITS = 16;

    private Fingerprint() {}

    /** That of all codebooks. */
    public static String of(Mimi mimi) {
        return of(mimi, mimi.config().quantizer().nQ());
    }

    /**
     * The first digits of the SHA-256 of the first codebooks: names and values of their tensors, by name. It is the same
     * for a codec that has more codebooks than these.
     */
    static String of(Mimi mimi, int codebooks) {
        MessageDigest digest = sha256();
        for (Map.Entry<String, Tensor> buffer : new TreeMap<>(mimi.stateDict().buffers()).entrySet()) {
            if (CodebookLevel.of(buffer.getKey()) >= codebooks) {
                continue;
            }
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
