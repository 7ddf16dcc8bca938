package org.openmoshi.train.codec;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import org.openmoshi.models.mimi.Mimi;
import org.openmoshi.models.mimi.MimiStream;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.train.audio.PcmReader;
import org.openmoshi.train.audio.PcmWriter;

/** Takes a stream through a codec frame by frame: what a frame becomes leaves before the next one is waited for. */
public final class StreamCoder {
    private final Mimi mimi;

    /** A coder that uses, and does not own, a codec. */
    public StreamCoder(Mimi mimi) {
        this.mimi = mimi;
    }

    /**
     * Encodes until the samples end, into a container whose blocks have one frame each.
     *
     * @param codebooks how many to use, from the first on
     * @return how many samples there were
     */
    public long encode(PcmReader in, int codebooks, OutputStream out) throws IOException {
        int frameSize = mimi.config().frameSize();
        ContainerHeader header = ContainerHeader.of(CodesOrigin.of(mimi, codebooks), 1);
        float[] samples = new float[frameSize];
        long length = 0;
        try (MimiStream stream = mimi.stream(1)) {
            ContainerWriter writer = new ContainerWriter(out, header);
            int count = in.read(samples);
            for (; count == frameSize; count = in.read(samples)) {
                writer.write(encode(stream, samples, codebooks));
                writer.flush();
                length += count;
            }
            if (count > 0) {
                Arrays.fill(samples, count, frameSize, 0);
                writer.write(encode(stream, samples, codebooks));
                length += count;
            }
            writer.finish(length);
        }
        return length;
    }

    private static int[] encode(MimiStream stream, float[] samples, int codebooks) {
        try (Scope _ = Scope.open()) {
            Tensor codes = stream.encode(Tensor.of(samples, 1, 1, samples.length), codebooks);
            return Arrays.stream(codes.toLongs()).mapToInt(code -> (int) code).toArray();
        }
    }

    /**
     * Decodes until the codes end, or what is left of them is damaged; {@link ContainerReader#damage} says so then.
     *
     * @throws CodesException before anything is written, when another codec made the codes
     */
    public void decode(ContainerReader in, String name, Output output) throws IOException {
        in.header().origin().require(mimi, name);
        PcmWriter out = output.open();
        int frameSize = mimi.config().frameSize();
        long done = 0;
        try (MimiStream stream = mimi.stream(1)) {
            for (int[] frame = in.nextFrame(); frame != null; frame = in.nextFrame()) {
                float[] samples = decode(stream, frame);
                int count = (int) Math.min(frameSize, in.length() - done);
                out.write(samples, count);
                done += count;
            }
        }
    }

    /** Where samples go; it writes a header as soon as it is opened. */
    @FunctionalInterface
    public interface Output {
        /** Opens it. */
        PcmWriter open() throws IOException;
    }

    private static float[] decode(MimiStream stream, int[] frame) {
        try (Scope _ = Scope.open()) {
            long[] codes = Arrays.stream(frame).asLongStream().toArray();
            return stream.decode(Tensor.of(codes, 1, codes.length, 1)).toFloats();
        }
    }
}
