package org.openmoshi.train.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SiSdrTest {
    @ParameterizedTest
    @CsvSource({"1, 1", "10, 1", "0.5, 2", "3, 0.001"})
    void ofOrthogonalTonesIsTheirLevelDifference(double signal, double distortion) {
        float[] reference = new float[1000];
        float[] estimate = new float[1000];
        for (int i = 0; i < 1000; i++) {
            double tone = Math.sin(2 * Math.PI * 5 * i / 1000);
            double other = Math.cos(2 * Math.PI * 9 * i / 1000);
            reference[i] = (float) tone;
            // The offset must not count: both signals are made zero-mean.
            estimate[i] = (float) (signal * tone + distortion * other + 0.25);
        }
        assertThat(SiSdr.compute(reference, estimate)).isCloseTo(20 * Math.log10(signal / distortion), within(2e-3));
    }

    @Test
    void agreesWithNumPy() {
        float[] x = TestSignals.voice();
        assertThat(SiSdr.compute(x, TestSignals.degrade(x, 0.8, 0.05, 0.01)))
                .isCloseTo(9.844745585068408, within(1e-5));
    }

    @Test
    void doesNotDependOnTheScaleOfTheEstimate() {
        float[] x = TestSignals.voice();
        double loud = SiSdr.compute(x, TestSignals.degrade(x, 0.8, 0.08, 0));
        assertThat(SiSdr.compute(x, TestSignals.degrade(x, 0.08, 0.008, 0))).isCloseTo(loud, within(1e-4));
    }

    @Test
    void fallsWithNoise() {
        float[] x = TestSignals.voice();
        double last = Double.POSITIVE_INFINITY;
        for (double level : new double[] {0.001, 0.01, 0.1, 1}) {
            double value = SiSdr.compute(x, TestSignals.degrade(x, 1, level, 0));
            assertThat(value).isLessThan(last);
            last = value;
        }
    }

    @Test
    void limits() {
        float[] x = {1, -1, 1, -1};
        assertThat(SiSdr.compute(x, new float[] {2, -2, 2, -2})).isEqualTo(Double.POSITIVE_INFINITY);
        assertThat(SiSdr.compute(x, new float[] {1, 1, -1, -1})).isEqualTo(Double.NEGATIVE_INFINITY);
        assertThat(SiSdr.compute(new float[4], x)).isNaN();
        assertThat(SiSdr.compute(x, new float[4])).isNaN();
    }

    @Test
    void refusesOtherLengths() {
        assertThatThrownBy(() -> SiSdr.compute(new float[3], new float[4]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("3")
                .hasMessageContaining("4");
        assertThatThrownBy(() -> SiSdr.compute(new float[0], new float[0]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("empty");
    }
}
