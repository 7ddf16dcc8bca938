package org.openmoshi.models.moshi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openmoshi.models.config.ConfigReader;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Generator;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.testing.LeakExtension;

@ExtendWith(LeakExtension.class)
class MoshiStreamTest {
    private static final int FRAMES = 40;

    private static MoshiConfig config(String... changes) {
        return MoshiConfig.read("test", ConfigReader.parse("test", """
                        dim: 16
                        text_card: 20
                        n_q: 4
                        dep_q: 2
                        card: 8
                        num_heads: 4
                        num_layers: 2
                        gating: silu
                        norm: rms_norm_f32
                        depformer_dim: 8
                        depformer_num_heads: 2
                        depformer_num_layers: 1
                        depformer_multi_linear: true
                        depformer_weights_per_step: true
                        delays: [0, 0, 1, 0, 1]
                        """ + String.join("\n", changes)));
    }

    private static long[][] user(long seed) {
        Random random = new Random(seed);
        long[][] codes = new long[FRAMES][2];
        for (long[] frame : codes) {
            frame[0] = random.nextInt(8);
            frame[1] = random.nextInt(8);
        }
        return codes;
    }

    private static MoshiStream stream(MoshiModel model, int batch, long seed) {
        return new MoshiStream(model, batch, DType.F32, new Sampling(1, 5, 0.9), new Sampling(1, 0, 0), seed);
    }

    /** The generated frames of one session, [FRAMES - maxDelay][3]. */
    private static long[][] alone(MoshiModel model, long[][] user) {
        try (MoshiStream stream = new MoshiStream(model, 1, DType.F32, Sampling.GREEDY, Sampling.GREEDY, 0)) {
            long[][] all = new long[FRAMES - 1][];
            long[][] out = new long[1][3];
            for (int frame = 0; frame < FRAMES; frame++) {
                boolean complete = stream.step(new long[][] {user[frame]}, out);
                assertThat(complete).isEqualTo(frame >= 1);
                if (complete) {
                    all[frame - 1] = out[0].clone();
                }
            }
            return all;
        }
    }

    /**
     * Every kind of position, norm, head sharing and embedding: greedy tokens are the likeliest of the whole sequence. A
     * frame's codes of the user are read while Moshi's of the same frame are made; in a sequence they stand a frame
     * earlier, and the very first ones give way to the initial token.
     */
    @Test
    void streamingFollowsTheWholeSequence() {
        String[][] kinds = {
            {"positional_embedding: rope", "depformer_pos_emb: none", "context: 12"},
            {"positional_embedding: rope_concat", "depformer_pos_emb: rope", "context: 50", "kv_repeat: 2"},
            {"positional_embedding: sin", "depformer_pos_emb: sin", "context: 9", "layer_scale: 0.5"},
            {
                "positional_embedding: sin_rope",
                "depformer_pos_emb: none",
                "context: 30",
                "depformer_low_rank_embeddings: 4",
                "depformer_norm: layer_norm",
                "depformer_weights_per_step_schedule: [0, 0]",
                "norm_emb: true",
                "bias_proj: true"
            },
        };
        for (String[] kind : kinds) {
            try (MoshiModel model = MoshiModel.random(config(kind), new Generator(3));
                    Scope _ = Scope.open()) {
                long[][] user = user(5);
                long[][] generated = alone(model, user);
                long[] codes = new long[5 * (FRAMES - 1)];
                for (int t = 0; t < FRAMES - 1; t++) {
                    for (int stream = 0; stream < 5; stream++) {
                        codes[stream * (FRAMES - 1) + t] = stream < 3 ? generated[t][stream] : user[t + 1][stream - 3];
                    }
                }
                DelayedCodes delayed = DelayedCodes.of(Tensor.of(codes, 1, 5, FRAMES - 1), model.config());
                Tensor temporal = model.temporal(delayed.inputs(), null);
                long[] text = model.textLogits(temporal).argmax(-1).toLongs();
                long[] semantic = model.audioLogits(
                                0, model.depth(delayed.tokens(), temporal, null).select(1, 0))
                        .argmax(-1)
                        .toLongs();
                for (int t = 0; t < FRAMES - 1; t++) {
                    assertThat(text[t]).as("%s text of frame %d", kind[0], t).isEqualTo(generated[t][0]);
                    assertThat(semantic[t])
                            .as("%s code of frame %d", kind[0], t)
                            .isEqualTo(generated[t][1]);
                }
            }
        }
    }

    @Test
    void sessionsOfABatchDoNotSeeEachOther() {
        try (MoshiModel model =
                        MoshiModel.random(config("positional_embedding: rope", "context: 12"), new Generator(3));
                MoshiStream stream = new MoshiStream(model, 2, DType.F32, Sampling.GREEDY, Sampling.GREEDY, 0)) {
            long[][] first = user(1);
            long[][] second = user(2);
            long[][] expectedFirst = alone(model, first);
            long[][] expectedSecond = alone(model, second);
            long[][] out = new long[2][3];
            int a = 0;
            int b = 0;
            Random random = new Random(4);
            while (a < FRAMES || b < FRAMES) {
                boolean firstRuns = a < FRAMES && (b >= FRAMES || random.nextBoolean());
                boolean secondRuns = b < FRAMES && (!firstRuns || random.nextBoolean());
                stream.setActive(firstRuns, secondRuns);
                stream.step(new long[][] {first[Math.min(a, FRAMES - 1)], second[Math.min(b, FRAMES - 1)]}, out);
                if (firstRuns && a++ >= 1) {
                    assertThat(out[0]).isEqualTo(expectedFirst[a - 2]);
                }
                if (secondRuns && b++ >= 1) {
                    assertThat(out[1]).isEqualTo(expectedSecond[b - 2]);
                }
            }
            stream.setActive(true, true);
            stream.reset(true, false);
            stream.step(new long[][] {first[0], second[0]}, out);
            assertThat(out[0]).containsOnly(MoshiConfig.UNGENERATED_TOKEN);
            stream.step(new long[][] {first[1], second[1]}, out);
            assertThat(out[0]).isEqualTo(expectedFirst[0]);
        }
    }

    @Test
    void theSeedDecides() {
        try (MoshiModel model =
                MoshiModel.random(config("positional_embedding: rope", "context: 12"), new Generator(3))) {
            assertThat(drawn(model, 7)).isDeepEqualTo(drawn(model, 7));
            assertThat(java.util.Arrays.deepEquals(drawn(model, 7), drawn(model, 8)))
                    .isFalse();
        }
    }

    private static long[][] drawn(MoshiModel model, long seed) {
        try (MoshiStream stream = stream(model, 1, seed)) {
            long[][] all = new long[FRAMES][];
            long[][] out = new long[1][3];
            long[][] user = user(1);
            for (int frame = 0; frame < FRAMES; frame++) {
                stream.step(new long[][] {user[frame]}, out);
                all[frame] = out[0].clone();
            }
            return all;
        }
    }

    @Test
    void forcedTokensComeOutAndTheRestIsGenerated() {
        try (MoshiModel model =
                        MoshiModel.random(config("positional_embedding: rope", "context: 12"), new Generator(3));
                MoshiStream stream = stream(model, 1, 1)) {
            long[][] user = user(1);
            long[][] out = new long[1][3];
            for (int frame = 0; frame < FRAMES; frame++) {
                long[][] forced = {{frame % 20, MoshiConfig.UNGENERATED_TOKEN, frame % 8}};
                if (stream.step(new long[][] {user[frame]}, forced, out)) {
                    assertThat(out[0][0]).isEqualTo((frame - 1) % 20);
                    assertThat(out[0][1]).isBetween(0L, 7L);
                    assertThat(out[0][2]).isEqualTo((frame - 1) % 8);
                }
            }
        }
    }

    @Test
    void aModelWithoutALimitOfContextCannotStream() {
        try (MoshiModel model = MoshiModel.random(config("positional_embedding: rope"), new Generator(3))) {
            assertThatThrownBy(() -> stream(model, 1, 0)).hasMessageContaining("context must say how many frames");
        }
    }
}
