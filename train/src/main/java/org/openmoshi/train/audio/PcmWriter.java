package org.openmoshi.train.audio;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Writes mono samples into a pipe, each call's at once. */
public final class PcmWriter {
    private final OutputStream out;
    private final PcmFormat format;

    /** Writes the header, where there is one. */
    public PcmWriter(OutputStream out, PcmFormat format, int sampleRate) throws IOException {
        this.out = out;
        this.format = format;
        if (format == PcmFormat.WAV) {
            out.write(WavWriter.streamHeader(sampleRate));
            out.flush();
        }
    }

    /** Writes the first {@code count} samples; as integers, those outside [-1, 1) are held at the limit. */
    public void write(float[] samples, int count) throws IOException {
        boolean floats = format == PcmFormat.F32LE;
        ByteBuffer bytes = ByteBuffer.allocate(count * (floats ? Float.BYTES : Short.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            if (floats) {
                bytes.putFloat(samples[i]);
            } else {
                bytes.putShort(WavWriter.pcm16(samples[i]));
            }
        }
        out.write(bytes.array());
        out.flush();
    }
}
