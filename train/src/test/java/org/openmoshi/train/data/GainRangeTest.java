package org.openmoshi.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class GainRangeTest {

    @Test
    void scalesWithinTheRange() {
        float[] samples = {9, 0.1f, -0.2f, 9};
        new GainRange(-20, 6).apply(0, samples, 1, 2);
        assertThat(samples).containsExactly(new float[] {9, 0.01f, -0.02f, 9}, within(1e-7f));
        new GainRange(0, 20).apply(0.5, samples, 1, 2);
        assertThat(samples[1]).isCloseTo(0.0316228f, within(1e-6f));
    }

    @Test
    void neverClips() {
        float[] loud = {0.3f, -0.7f, 0.123f};
        new GainRange(0, 40).apply(0.9, loud, 0, 3);
        assertThat(loud).containsExactly(new float[] {0.3f / 0.7f, -1, 0.123f / 0.7f}, within(1e-6f));
        assertThat(loud[1]).isGreaterThanOrEqualTo(-1);
    }

    @Test
    void leavesSilenceAndUngainedWindowsAlone() {
        float[] silence = new float[3];
        new GainRange(-3, 40).apply(0.5, silence, 0, 3);
        assertThat(silence).containsOnly(0);
        float[] samples = {0.5f, -1};
        GainRange.NONE.apply(0.3, samples, 0, 2);
        assertThat(samples).containsExactly(0.5f, -1);
    }

    @Test
    void refusesAnInvertedRange() {
        assertThatThrownBy(() -> new GainRange(3, -3)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new GainRange(Double.NaN, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
