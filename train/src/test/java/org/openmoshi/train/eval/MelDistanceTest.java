package org.openmoshi.train.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class MelDistanceTest {
    private final MelDistance distance = new MelDistance(24_000);
    private final float[] x = TestSignals.voice();

    @Test
    void agreesWithNumPy() {
        assertThat(distance.compute(x, TestSignals.degrade(x, 0.8, 0.05, 0.01)))
                .isCloseTo(3.9941040491151134, within(1e-4));
    }

    @Test
    void isZeroForEqualSignalsAndSymmetric() {
        float[] y = TestSignals.degrade(x, 1, 0.1, 0);
        assertThat(distance.compute(x, x)).isZero();
        assertThat(distance.compute(x, y)).isCloseTo(distance.compute(y, x), within(1e-9));
    }

    @Test
    void ofAGainIsThatOfItsLogarithm() {
        // Noise fills every filter that catches a bin, so |d| = 0.5 there; filters that catch none count as equal.
        float[] loud = TestSignals.degrade(new float[24_000], 1, 0.9, 0);
        float[] quiet = TestSignals.degrade(loud, Math.pow(10, -0.5), 0, 0);
        double filled = 0;
        for (int window = 64; window <= 2048; window *= 2) {
            float[] mel = new MelSpectrogram(24_000, window, window / 4, 64, 64, 12_000).compute(loud)[0];
            int count = 0;
            for (float v : mel) {
                count += v > 0 ? 1 : 0;
            }
            filled += count / 64.0 / 6;
        }
        assertThat(distance.compute(loud, quiet)).isCloseTo((0.5 + 0.25) * filled, within(2e-3));
    }

    @Test
    void growsWithNoise() {
        double last = 0;
        for (double level : new double[] {0.0001, 0.001, 0.01, 0.1}) {
            double value = distance.compute(x, TestSignals.degrade(x, 1, level, 0));
            assertThat(value).isGreaterThan(last);
            last = value;
        }
    }

    @Test
    void takesClipsShorterThanTheLongestWindow() {
        assertThat(distance.compute(new float[] {0.5f}, new float[] {0.5f})).isZero();
        assertThatThrownBy(() -> distance.compute(new float[3], new float[4]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("mel distance");
    }
}
