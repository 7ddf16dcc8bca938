package org.openmoshi.train.audio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResamplerTest {

    @Test
    void equalsTheGoldenCase() throws IOException {
        JsonNode pairs = new ObjectMapper().readTree(golden("config.json")).get("pairs");
        byte[] tensors = golden("tensors.safetensors");
        float[] x = tensor(tensors, "x");
        assertThat(pairs.size()).isPositive();
        for (JsonNode pair : pairs) {
            int from = pair.get(0).asInt();
            int to = pair.get(1).asInt();
            float[] expected = tensor(tensors, from + "_" + to);
            float[] actual = Resampler.of(from, to).resample(x);
            assertThat(actual.length).as("%d -> %d", from, to).isEqualTo(expected.length);
            assertThat(relativeError(actual, expected)).as("%d -> %d", from, to).isLessThan(1e-5);
        }
    }

    @ParameterizedTest
    @CsvSource({"8000,24000", "44100,24000", "24000,16000", "22050,24000", "192000,24000", "24000,24000", "44101,24000"
    })
    void computesAnyWindowWithTheBitsOfTheWhole(int from, int to) {
        Random random = new Random(from);
        float[] source = noise(random, 5000);
        Resampler resampler = Resampler.of(from, to);
        float[] whole = resampler.resample(source);
        for (int i = 0; i < 50; i++) {
            int start = random.nextInt(whole.length);
            int count = 1 + random.nextInt(whole.length - start);
            int first = (int) Math.max(0, resampler.firstInput(start));
            int end = (int) Math.min(source.length, resampler.endInput(start + count - 1));
            float[] out = new float[count + 3];
            resampler.resample(Arrays.copyOfRange(source, first, end), first, out, 3, start, count);
            assertThat(Arrays.mismatch(out, 3, out.length, whole, start, start + count))
                    .isEqualTo(-1);
        }
    }

    @Test
    void keepsAToneAndItsAmplitude() {
        float[] tone = new float[44_100];
        for (int i = 0; i < tone.length; i++) {
            tone[i] = (float) Math.sin(2 * Math.PI * 1000 * i / 44_100);
        }
        float[] converted = Resampler.of(44_100, 24_000).resample(tone);
        assertThat(converted).hasSize(24_000);
        double worst = 0;
        for (int i = 100; i < converted.length - 100; i++) {
            worst = Math.max(worst, Math.abs(converted[i] - Math.sin(2 * Math.PI * 1000 * i / 24_000)));
        }
        assertThat(worst).isLessThan(2e-3);
    }

    @Test
    void removesWhatTheLowerRateCannotCarry() {
        float[] tone = new float[48_000];
        for (int i = 0; i < tone.length; i++) {
            tone[i] = (float) Math.sin(2 * Math.PI * 18_000 * i / 48_000);
        }
        float[] converted = Resampler.of(48_000, 24_000).resample(tone);
        for (int i = 100; i < converted.length - 100; i++) {
            assertThat(Math.abs(converted[i])).isLessThan(5e-3f);
        }
    }

    @Test
    void roundsTheLengthUpAndAcceptsTheShortestInputs() {
        assertThat(Resampler.of(44_100, 24_000).outputLength(441)).isEqualTo(240);
        assertThat(Resampler.of(44_100, 24_000).outputLength(442)).isEqualTo(241);
        assertThat(Resampler.of(48_000, 24_000).resample(new float[] {1})).hasSize(1);
        assertThat(Resampler.of(8000, 24_000).resample(new float[0])).isEmpty();
        float[] same = {1, 2, 3};
        assertThat(Resampler.of(16_000, 16_000).resample(same)).isSameAs(same);
        assertThatThrownBy(() -> Resampler.of(0, 24_000))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("got 0 and 24000");
    }

    private static float[] noise(Random random, int length) {
        float[] noise = new float[length];
        for (int i = 0; i < length; i++) {
            noise[i] = (float) random.nextGaussian();
        }
        return noise;
    }

    private static double relativeError(float[] actual, float[] expected) {
        double error = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            error += Math.pow(actual[i] - expected[i], 2);
            norm += Math.pow(expected[i], 2);
        }
        return Math.sqrt(error / norm);
    }

    /** From the folder named by {@code golden.dir}, if it holds the case, else from the test resources. */
    private static byte[] golden(String name) throws IOException {
        String folder = System.getProperty("golden.dir");
        if (folder != null && Files.isDirectory(Path.of(folder, "resample"))) {
            return Files.readAllBytes(Path.of(folder, "resample", name));
        }
        try (InputStream in = ResamplerTest.class.getResourceAsStream("/golden/resample/" + name)) {
            return Objects.requireNonNull(in, name).readAllBytes();
        }
    }

    private static float[] tensor(byte[] safetensors, String name) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(safetensors).order(ByteOrder.LITTLE_ENDIAN);
        int headerLength = (int) in.getLong(0);
        JsonNode offsets = new ObjectMapper()
                .readTree(safetensors, 8, headerLength)
                .get(name)
                .get("data_offsets");
        int start = 8 + headerLength + offsets.get(0).asInt();
        int end = 8 + headerLength + offsets.get(1).asInt();
        float[] values = new float[(end - start) / 4];
        in.position(start);
        in.asFloatBuffer().get(values);
        return values;
    }
}
