package org.openmoshi.train.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.openmoshi.models.mimi.Mimi;
import org.openmoshi.models.mimi.MimiConfig;
import org.openmoshi.tensor.Generator;
import org.openmoshi.tensor.testing.LeakExtension;
import org.openmoshi.train.audio.Audio;
import org.openmoshi.train.audio.WavWriter;
import org.openmoshi.train.moshi.TokenShards;

@ExtendWith(LeakExtension.class)
class DataTokenizeCommandTest {
    private static final int RATE = 24_000;

    @TempDir
    private Path folder;

    private Path codec() throws IOException {
        Path file = folder.resolve("codec.safetensors");
        try (Mimi mimi = Mimi.random(MimiConfig.preset("tiny"), new Generator(1))) {
            mimi.save(file);
        }
        return file;
    }

    private static Path tokenizer() throws URISyntaxException {
        return Path.of(
                Objects.requireNonNull(DataTokenizeCommandTest.class.getResource("/golden/tokenizer/tokenizer.model"))
                        .toURI());
    }

    private void recording(String name, int channels, String words) throws IOException {
        float[][] samples = new float[channels][2 * RATE];
        for (int i = 0; i < 2 * RATE; i++) {
            for (int c = 0; c < channels; c++) {
                samples[c][i] = (float) (0.3 * Math.sin(i * 0.05 * (c + 1)));
            }
        }
        WavWriter.writePcm16(folder.resolve(name + ".wav"), new Audio(RATE, samples));
        Files.writeString(folder.resolve(name + ".json"), words);
    }

    @Test
    void tokenizesWhatItCanAndSaysWhatNot() throws IOException, URISyntaxException {
        recording(
                "talk",
                2,
                "{\"alignments\": [[\"hello\", [0.5, 0.9], \"SPEAKER_MAIN\"], [\"no\", [1, 1.2], \"OTHER\"]]}");
        recording("mono", 1, "{\"alignments\": []}");
        recording("wordless", 2, "{}");
        Path list = Files.writeString(folder.resolve("talks.jsonl"), """
                {"path": "talk.wav", "duration": 2.0}
                {"path": "mono.wav", "duration": 2.0}
                {"path": "wordless.wav", "duration": 2.0}
                {"path": "absent.wav", "duration": 2.0}
                {"duration": 2.0}
                """);
        Path tokens = folder.resolve("tokens");
        String out = CommandRun.of(
                        "data",
                        "tokenize",
                        "--checkpoint",
                        codec(),
                        "--tokenizer",
                        tokenizer(),
                        "--codebooks",
                        "2",
                        list,
                        tokens)
                .succeeded()
                .out();
        assertThat(out)
                .contains("skipped mono.wav: it has 1 channel")
                .contains("skipped wordless.wav: wordless.json has no \"alignments\"")
                .contains("skipped absent.wav: the recording does not exist")
                .contains("skipped talks.jsonl line 5: the line has no \"path\"")
                .contains("1 conversations, 0.0 minutes, 5 streams; 4 skipped");
        try (TokenShards shards = TokenShards.open(tokens)) {
            TokenShards.Sample sample = shards.samples().getFirst();
            assertThat(sample.frames()).isEqualTo(25);
            long[] values = shards.read(sample);
            assertThat(values).hasSize(5 * 25);
            assertThat(values[5]).isZero(); // the frame before the word
            assertThat(values[6]).isGreaterThan(3);
            assertThat(values[0]).isEqualTo(3);
        }
        CommandRun.of("data", "tokenize", "--checkpoint", codec(), "--tokenizer", tokenizer(), list, tokens)
                .failedSaying("is not empty: name a new folder");
    }

    @Test
    void aListWithNothingInItFails() throws IOException, URISyntaxException {
        Path list = Files.writeString(folder.resolve("talks.jsonl"), "{\"path\": \"absent.wav\"}\n");
        CommandRun.of(
                        "data",
                        "tokenize",
                        "--checkpoint",
                        codec(),
                        "--tokenizer",
                        tokenizer(),
                        "--codebooks",
                        "2",
                        list,
                        folder.resolve("tokens"))
                .failedSaying("has no conversation that can be used: absent.wav: the recording does not exist");
    }
}
