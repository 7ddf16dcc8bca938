package org.openmoshi.models.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openmoshi.tensor.Backends;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Functions;
import org.openmoshi.tensor.Generator;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.testing.LeakExtension;

/** Attention over rings gives the bits of attention over the whole sequence. */
@ExtendWith(LeakExtension.class)
class KvRingTest {
    private static final int HEADS = 2;
    private static final int SIZE = 32;
    private static final double PERIOD = 10000;

    /** [B, 3 H, T, D]: queries, keys and values of a sequence. */
    private static Tensor sequence(long seed, int batch, int steps) {
        return new Generator(seed).normal(DType.F32, 0, 1, batch, 3L * HEADS, steps, SIZE);
    }

    private static Tensor whole(Tensor qkv, int context) {
        Tensor rotated = Functions.rope(qkv.slice(1, 0, 2L * HEADS), PERIOD, 0);
        return Functions.attention(
                rotated.slice(1, 0, HEADS),
                rotated.slice(1, HEADS, 2L * HEADS),
                qkv.slice(1, 2L * HEADS, 3L * HEADS),
                true,
                context,
                0.2);
    }

    private static Tensor chunk(StreamState state, Tensor qkv, int context) {
        KvRing ring = state.ring("attention", HEADS, SIZE, context);
        Tensor rotated = Functions.rope(qkv.slice(1, 0, 2L * HEADS), PERIOD, ring.position());
        return ring.attend(
                rotated.slice(1, 0, HEADS),
                rotated.slice(1, HEADS, 2L * HEADS),
                qkv.slice(1, 2L * HEADS, 3L * HEADS),
                0.2);
    }

    private static StreamState state(int batch, int maxSteps) {
        return new StreamState(new PackedWeights(DType.F32), Backends.defaultBackend(), DType.F32, batch, maxSteps);
    }

    @Test
    void anyChunkingGivesTheBitsOfTheWhole() {
        Random random = new Random(1);
        for (int context : new int[] {1, 7, 40, 250, 300}) {
            int steps = 3 * context + 50;
            try (StreamState state = state(2, 9);
                    Scope _ = Scope.open()) {
                Tensor qkv = sequence(context, 2, steps);
                float[] expected = whole(qkv, context).toFloats();
                Tensor[] parts = new Tensor[steps];
                int count = 0;
                for (int at = 0; at < steps; ) {
                    int end = Math.min(steps, at + 1 + random.nextInt(9));
                    parts[count++] = chunk(state, qkv.slice(2, at, end), context);
                    at = end;
                }
                Tensor streamed = Tensor.concat(2, java.util.Arrays.copyOf(parts, count));
                assertThat(streamed.toFloats()).as("context " + context).isEqualTo(expected);
            }
        }
    }

    @Test
    void itemsRestAndBeginAnewAlone() {
        int context = 20;
        try (StreamState state = state(2, 3);
                Scope _ = Scope.open()) {
            Tensor first = sequence(1, 1, 60);
            Tensor second = sequence(2, 1, 60);
            float[] expectedFirst = whole(first, context).toFloats();
            float[] expectedSecond = whole(second.slice(2, 30, 60), context).toFloats();
            Tensor[] firstParts = new Tensor[20];
            Tensor[] secondParts = new Tensor[10];
            int at = 0;
            int other = 0;
            Random random = new Random(2);
            while (at < 20 || other < 20) {
                boolean rests = at == 20 || random.nextInt(3) == 0; // the first item
                if (other == 10) {
                    state.reset(false, true);
                }
                state.setActive(!rests, true);
                Tensor own = first.slice(2, 3L * (at % 20), 3L * (at % 20) + 3);
                Tensor out = chunk(
                        state,
                        Tensor.concat(
                                0,
                                rests ? own.mul(100) : own,
                                second.slice(2, 3L * (other % 20), 3L * (other % 20) + 3)),
                        context);
                if (!rests) {
                    firstParts[at++] = out.slice(0, 0, 1);
                }
                if (other >= 10 && other < 20) {
                    secondParts[other - 10] = out.slice(0, 1, 2);
                }
                other++;
            }
            assertThat(Tensor.concat(2, firstParts).toFloats()).isEqualTo(expectedFirst);
            assertThat(Tensor.concat(2, secondParts).toFloats()).isEqualTo(expectedSecond);
        }
    }

    @Test
    void saysWhenAChunkIsTooLong() {
        try (StreamState state = state(1, 2);
                Scope _ = Scope.open()) {
            Tensor qkv = sequence(1, 1, 80);
            assertThatThrownBy(() -> chunk(state, qkv, 20))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("80 steps")
                    .hasMessageContaining("at most 2");
        }
    }
}
