package org.openmoshi.train.distill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class FramePoolingTest {
    private static final FramePooling MIMI = new FramePooling(24000, 1920);

    /** Features that say when their frame is: its centre in seconds. */
    private static float[] clock(int frames) {
        float[] times = new float[frames];
        for (int i = 0; i < frames; i++) {
            times[i] = (320 * i + 200) / 16000f;
        }
        return times;
    }

    @Test
    void centresAreAtMostTenMillisecondsApart() {
        float[] clock = clock(1000);
        Random random = new Random(1);
        double worst = 0;
        for (int i = 0; i < 1000; i++) {
            long start = 2400L + random.nextInt(24000 * 18);
            float[] pooled = new float[13];
            float[] weights = new float[13];
            MIMI.pool(clock, 1, start, 13, pooled, 0, weights, 0);
            for (int frame = 0; frame < 13; frame++) {
                double centre = (start + 1920 * (frame + 0.5)) / 24000;
                worst = Math.max(worst, Math.abs(pooled[frame] - centre));
                assertThat(weights[frame]).isEqualTo(1);
            }
        }
        assertThat(worst).isBetween(0.009, 0.0101);
    }

    @Test
    void averagesEightFramesEveryFour() {
        float[] one = new float[100 * 2];
        one[2 * 40 + 1] = 8; // the second number of frame 40
        float[] pooled = new float[25 * 2];
        float[] weights = new float[25];
        MIMI.pool(one, 2, 0, 25, pooled, 0, weights, 0);
        int hits = 0;
        for (int frame = 0; frame < 25; frame++) {
            assertThat(pooled[2 * frame]).isZero();
            hits += pooled[2 * frame + 1] == 1 ? 1 : 0;
        }
        assertThat(hits).isEqualTo(2);
    }

    @Test
    void framesOutsideTheFileDoNotCount() {
        float[] clock = clock(6); // 0.13 s
        float[] pooled = new float[4];
        float[] weights = new float[4];
        MIMI.pool(clock, 1, 0, 4, pooled, 0, weights, 0);
        assertThat(weights).containsExactly(1, 1, 0, 0);
        assertThat(pooled[0]).isCloseTo((clock[0] + clock[5]) / 2, within(1e-6f)); // -2 to 5
        assertThat(pooled[3]).isZero();
        MIMI.pool(new float[0], 1, 0, 4, pooled, 0, weights, 0);
        assertThat(weights).containsOnly(0);
    }
}
