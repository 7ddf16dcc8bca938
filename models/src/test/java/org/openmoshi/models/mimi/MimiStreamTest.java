package org.openmoshi.models.mimi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Generator;
import org.openmoshi.tensor.Memory;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.testing.LeakExtension;

/** Streams give the bits of the whole signal. */
@ExtendWith(LeakExtension.class)
class MimiStreamTest {
    private static final int FRAME = 1920;

    /** An untrained codec whose codebooks and scales are not at their start. */
    private static Mimi codec(String preset, long seed) {
        Generator random = new Generator(seed);
        Mimi mimi = Mimi.random(MimiConfig.preset(preset).withWeightNorm(false), random);
        try (Scope _ = Scope.open()) {
            mimi.stateDict().tensors().forEach((name, tensor) -> {
                if (name.endsWith("embedding_sum") || name.endsWith("scale")) {
                    tensor.copyFrom_(
                            random.normal(DType.F32, 0, 0.3, tensor.shape().toArray()));
                }
            });
        }
        return mimi;
    }

    private static Tensor noise(long seed, int frames) {
        return new Generator(seed).normal(DType.F32, 0, 0.1, 1, 1, (long) frames * FRAME);
    }

    private static Tensor frames(Tensor pcm, int from, int to) {
        return pcm.slice(2, (long) from * FRAME, (long) to * FRAME);
    }

    /** Codes and samples of a signal whose frames come in random portions. */
    private static Tensor[] inPortions(MimiStream stream, Tensor pcm, Random random) {
        int frames = pcm.intDim(2) / FRAME;
        List<Tensor> codes = new ArrayList<>();
        List<Tensor> decoded = new ArrayList<>();
        for (int at = 0; at < frames; ) {
            int end = Math.min(frames, at + 1 + random.nextInt(random.nextBoolean() ? 2 : 20));
            codes.add(stream.encode(frames(pcm, at, end)));
            decoded.add(stream.decode(codes.getLast()));
            at = end;
        }
        return new Tensor[] {
            Tensor.concat(2, codes.toArray(Tensor[]::new)), Tensor.concat(2, decoded.toArray(Tensor[]::new))
        };
    }

    @Test
    void anyChunkingGivesTheBitsOfTheWhole() {
        for (String preset : List.of("tiny", "small")) {
            try (Mimi mimi = codec(preset, 1);
                    MimiStream stream = mimi.stream(1);
                    Scope _ = Scope.open()) {
                int frames = mimi.config().transformer().context() / 2 + 40; // two steps each
                Tensor pcm = noise(2, frames);
                Tensor codes = mimi.encode(pcm);
                long[] expectedCodes = codes.toLongs();
                float[] expected = mimi.decode(codes).toFloats();
                for (long seed = 0; seed < 3; seed++) {
                    Tensor[] streamed = inPortions(stream, pcm, new Random(seed));
                    assertThat(streamed[0].toLongs()).isEqualTo(expectedCodes);
                    assertThat(streamed[1].toFloats()).isEqualTo(expected);
                    stream.reset();
                }
            }
        }
    }

    @Test
    void itemsRestAndBeginAnewAlone() {
        try (Mimi mimi = codec("tiny", 3);
                MimiStream stream = mimi.stream(3);
                Scope _ = Scope.open()) {
            int frames = 20;
            Random random = new Random(4);
            Tensor[] signals = new Tensor[3];
            List<List<Tensor>> decoded = new ArrayList<>();
            int[] at = new int[3];
            for (int i = 0; i < 3; i++) {
                signals[i] = noise(10 + i, frames);
                decoded.add(new ArrayList<>());
            }
            while (at[0] < frames || at[1] < frames || at[2] < frames) {
                boolean[] active = new boolean[3];
                Tensor[] chunk = new Tensor[3];
                for (int i = 0; i < 3; i++) {
                    active[i] = at[i] < frames && random.nextInt(4) > 0;
                    int frame = at[i] % frames;
                    chunk[i] = active[i] ? frames(signals[i], frame, frame + 1) : noise(random.nextLong(), 1);
                    if (active[i] && random.nextInt(30) == 0) { // this signal from its beginning
                        boolean[] one = new boolean[3];
                        one[i] = true;
                        stream.reset(one);
                        at[i] = 0;
                        decoded.get(i).clear();
                        chunk[i] = frames(signals[i], 0, 1);
                    }
                }
                stream.setActive(active);
                Tensor samples = stream.decode(stream.encode(Tensor.concat(0, chunk)));
                for (int i = 0; i < 3; i++) {
                    if (active[i]) {
                        decoded.get(i).add(samples.slice(0, i, i + 1));
                        at[i]++;
                    }
                }
            }
            for (int i = 0; i < 3; i++) {
                Tensor streamed = Tensor.concat(2, decoded.get(i).toArray(Tensor[]::new));
                assertThat(streamed.toFloats())
                        .isEqualTo(mimi.decode(mimi.encode(signals[i])).toFloats());
            }
        }
    }

    @Test
    void sessionsRunAtOnceInSeveralThreads() throws Exception {
        try (Mimi mimi = codec("tiny", 5);
                ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Callable<float[]>> tasks = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                int seed = i;
                tasks.add(() -> {
                    try (MimiStream stream = mimi.stream(1);
                            Scope _ = Scope.open()) {
                        return inPortions(stream, noise(seed, 30), new Random(seed))[1].toFloats();
                    }
                });
            }
            List<Future<float[]>> results = threads.invokeAll(tasks);
            for (int i = 0; i < 4; i++) {
                try (Scope _ = Scope.open()) {
                    assertThat(results.get(i).get())
                            .isEqualTo(mimi.decode(mimi.encode(noise(i, 30))).toFloats());
                }
            }
        }
    }

    @Test
    void halfTheWeightsGiveNearlyTheSameSound() {
        try (Mimi mimi = codec("tiny", 6);
                MimiStream stream = mimi.stream(1, DType.BF16);
                Scope _ = Scope.open()) {
            Tensor pcm = noise(7, 12);
            Tensor codes = mimi.encode(pcm);
            Tensor expected = mimi.decode(codes);
            double error = stream.decode(codes).sub(expected).norm().item()
                    / expected.norm().item();
            assertThat(error).isLessThan(0.03).isPositive();
        }
    }

    @Test
    void aFrameLeavesNothingBehind() {
        try (Mimi mimi = codec("tiny", 8);
                MimiStream stream = mimi.stream(2)) {
            long live = 0;
            for (int i = 0; i < 5; i++) {
                try (Scope _ = Scope.open()) {
                    Tensor pcm = new Generator(i).normal(DType.F32, 0, 0.1, 2, 1, FRAME);
                    stream.decode(stream.encode(pcm, 2));
                }
                assertThat(i == 0 || Memory.liveBytes() == live).isTrue();
                live = Memory.liveBytes();
            }
        }
    }

    @Test
    void refusesWhatIsNoWholeFrame() {
        try (Mimi mimi = codec("tiny", 9);
                MimiStream stream = mimi.stream(2);
                Scope _ = Scope.open()) {
            Tensor pcm = Tensor.zeros(DType.F32, 2, 1, FRAME + 1);
            assertThatThrownBy(() -> stream.encode(pcm)).hasMessageContaining("[2, 1, n * 1920]");
            assertThatThrownBy(() -> stream.encode(pcm.slice(0, 0, 1))).hasMessageContaining("[2, 1, n * 1920]");
            assertThatThrownBy(() -> stream.decode(Tensor.zeros(DType.I64, 1, 2, 1)))
                    .hasMessageContaining("[2, codebooks, n]");
            assertThatThrownBy(() -> stream.setActive(true)).hasMessageContaining("1 flags for a stream of 2");
        }
    }
}
