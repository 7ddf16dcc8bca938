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
import org.openmoshi.train.audio.AudioFile;
import org.openmoshi.train.audio.WavWriter;

/** From a recording and its words through tokens and a few steps of training to an answer. */
@ExtendWith(LeakExtension.class)
class TalkCommandTest {
    private static final int RATE = 24_000;

    @TempDir
    private Path folder;

    private static Path tokenizer() throws URISyntaxException {
        return Path.of(Objects.requireNonNull(TalkCommandTest.class.getResource("/golden/tokenizer/tokenizer.model"))
                .toURI());
    }

    private Path codec() throws IOException {
        Path file = folder.resolve("codec.safetensors");
        try (Mimi mimi = Mimi.random(MimiConfig.preset("tiny"), new Generator(1))) {
            mimi.save(file);
        }
        return file;
    }

    private static float[] tone(double seconds, double pitch) {
        float[] samples = new float[(int) (seconds * RATE)];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (float) (0.3 * Math.sin(i * pitch));
        }
        return samples;
    }

    private Path tokens(Path codec) throws IOException, URISyntaxException {
        for (int i = 0; i < 3; i++) {
            float[][] sides = {tone(4, 0.05 + 0.01 * i), tone(4, 0.02)};
            WavWriter.writePcm16(folder.resolve("talk" + i + ".wav"), new Audio(RATE, sides));
            Files.writeString(
                    folder.resolve("talk" + i + ".json"),
                    "{\"alignments\": [[\"hello\", [0.5, 0.9], \"SPEAKER_MAIN\"]]}");
        }
        Path list = Files.writeString(
                folder.resolve("talks.jsonl"),
                "{\"path\": \"talk0.wav\"}\n{\"path\": \"talk1.wav\"}\n{\"path\": \"talk2.wav\"}\n");
        Path tokens = folder.resolve("tokens");
        CommandRun.of(
                        "data",
                        "tokenize",
                        "--checkpoint",
                        codec,
                        "--tokenizer",
                        tokenizer(),
                        "--codebooks",
                        "2",
                        list,
                        tokens)
                .succeeded();
        return tokens;
    }

    private Path model(Path tokens) throws IOException {
        Path shape = Files.writeString(folder.resolve("model.yaml"), """
                dim: 16
                n_q: 4
                dep_q: 2
                num_heads: 2
                num_layers: 1
                context: 50
                gating: silu
                positional_embedding: rope
                depformer_dim: 8
                depformer_num_heads: 2
                depformer_num_layers: 1
                depformer_gating: silu
                depformer_pos_emb: none
                depformer_weights_per_step: true
                depformer_multi_linear: true
                delays: [0, 0, 1, 0, 1]
                """);
        Path run = folder.resolve("run");
        CommandRun.of(
                        "train",
                        "moshi",
                        "--data",
                        tokens,
                        "--out",
                        run,
                        "model=" + shape,
                        "steps=2",
                        "data.window_frames=20",
                        "data.validation_share=0",
                        "schedule.warmup=0")
                .succeeded();
        return run;
    }

    @Test
    void answersARecordedUser() throws IOException, URISyntaxException {
        Path codec = codec();
        Path run = model(tokens(codec));
        Path user = folder.resolve("user.wav");
        WavWriter.writePcm16(user, Audio.mono(RATE, tone(1.5, 0.03)));
        Path reply = folder.resolve("reply.wav");
        String out = CommandRun.of(
                        "talk",
                        "--model",
                        run,
                        "--checkpoint",
                        codec,
                        "--tokenizer",
                        tokenizer(),
                        "--user",
                        user,
                        "--out",
                        reply,
                        "--extra",
                        "0.5",
                        "--seed",
                        "3")
                .succeeded()
                .out();
        assertThat(out).contains("reply.wav: 2.1 s").contains("ms per frame of 80 ms");
        Audio audio = AudioFile.read(reply);
        assertThat(audio.numChannels()).isEqualTo(2);
        assertThat(audio.length()).isEqualTo(26 * 1920);

        Path again = folder.resolve("again.wav");
        CommandRun.of(
                        "talk",
                        "--model",
                        run,
                        "--checkpoint",
                        codec,
                        "--tokenizer",
                        tokenizer(),
                        "--user",
                        user,
                        "--out",
                        again,
                        "--extra",
                        "0.5",
                        "--seed",
                        "3")
                .succeeded();
        assertThat(again).hasSameBinaryContentAs(reply);
    }

    @Test
    void refusesWhatDoesNotFit() throws IOException, URISyntaxException {
        Path codec = codec();
        CommandRun.of(
                        "talk",
                        "--model",
                        folder,
                        "--checkpoint",
                        codec,
                        "--tokenizer",
                        tokenizer(),
                        "--user",
                        codec,
                        "--out",
                        folder.resolve("reply.wav"))
                .failedSaying("no checkpoint in " + folder);
    }
}
