package org.openmoshi.train.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class ClipMetricsTest {
    @Test
    void gathersAllMeasures() {
        float[] x = TestSignals.voice();
        float[] y = TestSignals.degrade(x, 0.8, 0.05, 0.01);
        assertThat(ClipMetrics.compare(x, y, 24_000))
                .isEqualTo(new ClipMetrics(
                        SiSdr.compute(x, y), Stoi.compute(x, y, 24_000), new MelDistance(24_000).compute(x, y)));
    }

    @Test
    void leavesUndefinedValuesOutOfTheMean() {
        ClipMetrics mean = ClipMetrics.mean(List.of(
                new ClipMetrics(-4, 0.5, 2),
                new ClipMetrics(Double.NaN, 0.7, 3),
                new ClipMetrics(Double.NEGATIVE_INFINITY, Double.NaN, 4)));
        assertThat(mean.siSdr()).isEqualTo(-4);
        assertThat(mean.stoi()).isCloseTo(0.6, within(1e-12));
        assertThat(mean.melDistance()).isEqualTo(3);
        assertThat(ClipMetrics.mean(List.of()).siSdr()).isNaN();
    }

    @Test
    void bitrateOfMimi() {
        assertThat(Bitrate.bitsPerSecond(12.5, 8, 2048)).isCloseTo(1100, within(1e-9));
        assertThat(Bitrate.bitsPerSecond(25, 8, 512)).isCloseTo(1800, within(1e-9));
        assertThatThrownBy(() -> Bitrate.bitsPerSecond(0, 8, 512)).isInstanceOf(IllegalArgumentException.class);
    }
}
