package org.openmoshi.train.report;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Mono 16-bit PCM WAV in memory, the one form of audio that every browser and TensorBoard play. */
final class WavBytes {
    private static final int HEADER = 44;

    private WavBytes() {}

    /** Returns the file for samples in [-1, 1], [T]; those beyond are clipped, NaN becomes silence. */
    static byte[] encode(float[] samples, int sampleRate) {
        int dataBytes = Math.multiplyExact(samples.length, Short.BYTES);
        ByteBuffer wav = ByteBuffer.allocate(Math.addExact(HEADER, dataBytes)).order(ByteOrder.LITTLE_ENDIAN);
        wav.put(ascii("RIFF")).putInt(HEADER - 8 + dataBytes).put(ascii("WAVE"));
        wav.put(ascii("fmt ")).putInt(16).putShort((short) 1).putShort((short) 1);
        wav.putInt(sampleRate).putInt(sampleRate * Short.BYTES).putShort((short) Short.BYTES);
        wav.putShort((short) Short.SIZE);
        wav.put(ascii("data")).putInt(dataBytes);
        for (float sample : samples) {
            wav.putShort((short) Math.round(Math.clamp(sample, -1f, 1f) * Short.MAX_VALUE));
        }
        return wav.array();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
