package org.openmoshi.train.moshi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.openmoshi.models.checkpoint.CheckpointException;
import org.openmoshi.models.config.ConfigException;
import org.openmoshi.tensor.testing.LeakExtension;
import org.openmoshi.train.report.JsonlLog;
import org.openmoshi.train.run.TrainingException;

@ExtendWith(LeakExtension.class)
class MoshiTrainerTest {
    private static final String MODEL = """
            dim: 16
            text_card: 20
            n_q: 4
            dep_q: 2
            card: 8
            num_heads: 2
            num_layers: 1
            context: 16
            gating: silu
            norm: rms_norm_f32
            positional_embedding: rope
            depformer_dim: 8
            depformer_num_heads: 2
            depformer_num_layers: 1
            depformer_gating: silu
            depformer_multi_linear: true
            depformer_pos_emb: none
            depformer_weights_per_step: true
            delays: [0, 0, 1, 0, 1]
            """;

    @TempDir
    Path folder;

    /** Conversations that repeat a pattern, which a model can learn. */
    private TokenShards tokens() throws IOException {
        TokenShards.Writer writer =
                new TokenShards.Writer(folder.resolve("tokens"), new TokenShards.Identity("c", "t", 12.5, 5, 8, 20));
        Random random = new Random(1);
        for (int sample = 0; sample < 12; sample++) {
            int frames = 20 + random.nextInt(30);
            long[] tokens = new long[5 * frames];
            for (int stream = 0; stream < 5; stream++) {
                for (int t = 0; t < frames; t++) {
                    int token = (t + stream) % 4;
                    tokens[stream * frames + t] = stream == 0 ? token + 4 : token;
                }
            }
            writer.add("talk-" + sample, tokens);
        }
        writer.finish();
        return TokenShards.open(folder.resolve("tokens"));
    }

    private MoshiTrainConfig config(String... overrides) throws IOException {
        Path model = folder.resolve("model.yaml");
        Files.writeString(model, MODEL);
        List<String> all = new ArrayList<>(List.of(
                "model=" + model,
                "steps=12",
                "data.window_frames=16",
                "data.batch_size=2",
                "data.validation_share=0.3",
                "optimizer.temporal_learning_rate=0.01",
                "optimizer.depth_learning_rate=0.01",
                "schedule.warmup=0",
                "logging.log_every=1",
                "logging.validate_every=6",
                "logging.validation_batches=2",
                "logging.checkpoint_every=4"));
        all.addAll(List.of(overrides));
        return MoshiTrainConfig.load("tiny", all);
    }

    private void train(Path out, MoshiTrainConfig config) throws IOException {
        try (TokenShards shards = tokens();
                MoshiRun run = MoshiRun.create(out, config)) {
            assertThat(new MoshiTrainer(run, shards).train()).isTrue();
        }
    }

    private static double[] losses(Path run, String name) throws IOException {
        return JsonlLog.read(run.resolve("log.jsonl")).stream()
                .map(line -> line.path(name))
                .filter(JsonNode::isNumber)
                .mapToDouble(JsonNode::asDouble)
                .toArray();
    }

    @Test
    void learnsAPattern() throws IOException {
        Path run = folder.resolve("run");
        train(run, config("steps=60"));
        double[] validation = losses(run, "validation/loss");
        assertThat(validation[validation.length - 1]).isLessThan(0.5 * validation[0]);
    }

    @Test
    void goesOnToTheSameBits() throws IOException {
        Path whole = folder.resolve("whole");
        // a cosine would depend on the number of steps
        train(whole, config("data.text_masking=0.3", "schedule.kind=constant"));
        Path parts = folder.resolve("parts");
        train(parts, config("data.text_masking=0.3", "schedule.kind=constant", "steps=8"));
        try (TokenShards shards = tokens();
                MoshiRun run = MoshiRun.resume(parts, List.of("steps=12"))) {
            new MoshiTrainer(run, shards).train();
        }
        for (String file : List.of("moshi.safetensors", "optimizer.safetensors")) {
            assertThat(parts.resolve("checkpoints/step-00000012/" + file))
                    .hasSameBinaryContentAs(whole.resolve("checkpoints/step-00000012/" + file));
        }
    }

    @Test
    void recomputationChangesNoBit() throws IOException {
        train(folder.resolve("kept"), config());
        train(folder.resolve("recomputed"), config("data.recompute=true"));
        assertThat(losses(folder.resolve("recomputed"), "train/loss"))
                .isEqualTo(losses(folder.resolve("kept"), "train/loss"));
    }

    @Test
    void adaptersTrainAloneAndMerge() throws IOException {
        Path base = folder.resolve("base");
        train(base, config("steps=4"));
        Path init = base.resolve("checkpoints/step-00000004");
        Path run = folder.resolve("adapted");
        train(run, config("init=" + init, "lora.rank=2"));
        double[] validation = losses(run, "validation/loss");
        assertThat(validation[0]).isEqualTo(losses(base, "validation/loss")[1]); // fresh adapters change nothing
        assertThat(validation[validation.length - 1]).isLessThan(validation[0]);
        assertThat(run.resolve("checkpoints/step-00000012/base.safetensors")).isRegularFile();
        // the merged weights, loaded without adapters, score the same
        Path merged = folder.resolve("merged");
        train(merged, config("init=" + run.resolve("checkpoints/step-00000012"), "steps=1"));
        assertThat(losses(merged, "validation/loss")[0])
                .isCloseTo(validation[validation.length - 1], org.assertj.core.data.Offset.offset(1e-5));
    }

    @Test
    void threeBadStepsEndTheRunWithAdvice() throws IOException {
        MoshiTrainConfig config =
                config("optimizer.temporal_learning_rate=1.0e+30", "optimizer.depth_learning_rate=1.0e+30");
        assertThatThrownBy(() -> train(folder.resolve("run"), config))
                .isInstanceOf(TrainingException.class)
                .hasMessageContaining("three steps in a row")
                .hasMessageContaining("optimizer.temporal_learning_rate");
    }

    @Test
    void startsFromTheBestCheckpointOfARun() throws IOException {
        Path base = folder.resolve("base");
        train(base, config());
        Path next = folder.resolve("next");
        train(next, config("init=" + base, "steps=1"));
        double[] scores = losses(base, "validation/loss");
        assertThat(losses(next, "validation/loss")[0])
                .isEqualTo(java.util.Arrays.stream(scores).min().orElseThrow());
    }

    @Test
    void refusesTokensOfAnotherKind() throws IOException {
        MoshiTrainConfig config = config("model=tiny", "init=none");
        try (TokenShards shards = tokens();
                MoshiRun run = MoshiRun.create(folder.resolve("run"), config)) {
            assertThatThrownBy(() -> new MoshiTrainer(run, shards))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("the tokens have 5 audio and text streams, the model 17");
        }
    }

    @Test
    void findsDamagedTokens() throws IOException {
        tokens().close();
        Path file = folder.resolve("tokens/tokens-00000.safetensors");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] ^= 1;
        Files.write(file, bytes, StandardOpenOption.WRITE);
        try (TokenShards shards = TokenShards.open(folder.resolve("tokens"))) {
            assertThatThrownBy(() -> {
                        for (TokenShards.Sample sample : shards.samples()) {
                            shards.read(sample);
                        }
                    })
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("are damaged");
        }
        assertThatThrownBy(() -> TokenShards.open(folder))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("holds no tokens");
    }
}
