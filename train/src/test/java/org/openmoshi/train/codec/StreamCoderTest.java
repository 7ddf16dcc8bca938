package org.openmoshi.train.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openmoshi.models.mimi.Mimi;
import org.openmoshi.models.mimi.MimiConfig;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Generator;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.testing.LeakExtension;
import org.openmoshi.train.audio.PcmFormat;
import org.openmoshi.train.audio.PcmReader;
import org.openmoshi.train.audio.PcmWriter;

@ExtendWith(LeakExtension.class)
class StreamCoderTest {
    private static final int FRAME = 1920;
    private static final int RATE = 24_000;

    private static Mimi codec(long seed) {
        Generator random = new Generator(seed);
        Mimi mimi = Mimi.random(MimiConfig.preset("tiny"), random);
        try (Scope _ = Scope.open()) {
            mimi.stateDict().buffers().forEach((name, buffer) -> {
                if (name.endsWith("embedding_sum")) {
                    buffer.copyFrom_(
                            random.normal(DType.F32, 0, 0.1, buffer.shape().toArray()));
                }
            });
        }
        return mimi;
    }

    private static float[] noise(int length) {
        try (Scope _ = Scope.open()) {
            return new Generator(9).normal(DType.F32, 0, 0.1, length).toFloats();
        }
    }

    private static byte[] bytes(float[] samples) {
        ByteBuffer bytes = ByteBuffer.allocate(samples.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(samples);
        return bytes.array();
    }

    private static float[] floats(byte[] bytes) {
        float[] samples = new float[bytes.length / Float.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(samples);
        return samples;
    }

    private static byte[] encode(Mimi mimi, float[] samples, int codebooks) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PcmReader in = PcmReader.open(new ByteArrayInputStream(bytes(samples)), "test", PcmFormat.F32LE, RATE);
        assertThat(new StreamCoder(mimi).encode(in, codebooks, out)).isEqualTo(samples.length);
        return out.toByteArray();
    }

    private static ContainerReader decode(Mimi mimi, byte[] container, ByteArrayOutputStream out) throws IOException {
        ContainerReader in = new ContainerReader(new ByteArrayInputStream(container), "test");
        new StreamCoder(mimi).decode(in, "test", () -> new PcmWriter(out, PcmFormat.F32LE, RATE));
        return in;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, FRAME, FRAME + 1, 5 * FRAME - 1, 20 * FRAME})
    void givesWhatFilesGive(int length) throws IOException {
        float[] samples = noise(length);
        try (Mimi mimi = codec(1);
                Scope _ = Scope.open()) {
            byte[] container = encode(mimi, samples, 3);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            ContainerReader read = decode(mimi, container, out);
            assertThat(read.damage()).isNull();
            assertThat(read.length()).isEqualTo(length);
            Tensor codes = mimi.encode(Tensor.of(samples, 1, 1, length), 3);
            float[] offline = Arrays.copyOf(mimi.decode(codes).toFloats(), length);
            // the whole of a short recording takes products of few columns, which add in another order
            float tolerance = length > 4 * FRAME ? 0 : 1e-5f;
            assertThat(floats(out.toByteArray())).containsExactly(offline, within(tolerance));
        }
    }

    @Test
    void aCutStreamIsDecodedUpToTheCut() throws IOException {
        float[] samples = noise(6 * FRAME);
        try (Mimi mimi = codec(1);
                Scope _ = Scope.open()) {
            byte[] container = encode(mimi, samples, 4);
            ByteArrayOutputStream whole = new ByteArrayOutputStream();
            decode(mimi, container, whole);
            ByteArrayOutputStream part = new ByteArrayOutputStream();
            ContainerReader read = decode(mimi, Arrays.copyOf(container, container.length / 2), part);
            assertThat(read.damage()).contains("the end is missing after frame 2 (0.16 s)");
            assertThat(part.toByteArray()).isEqualTo(Arrays.copyOf(whole.toByteArray(), 2 * FRAME * Float.BYTES));
        }
    }

    @Test
    void anotherCodecsCodesAreRefusedBeforeAnythingIsWritten() throws IOException {
        try (Mimi mimi = codec(1);
                Mimi other = codec(2)) {
            byte[] container = encode(mimi, noise(FRAME), 4);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            assertThatThrownBy(() -> decode(other, container, out))
                    .isInstanceOf(CodesException.class)
                    .hasMessageContaining("another codec of the same form");
            assertThat(out.size()).isZero();
        }
    }
}
