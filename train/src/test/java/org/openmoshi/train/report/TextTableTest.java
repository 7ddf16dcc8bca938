package org.openmoshi.train.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.openmoshi.train.eval.ClipMetrics;

class TextTableTest {
    @Test
    void ofMetricsLinesUp() {
        ClipMetrics untrained = new ClipMetrics(-19.04, Double.NaN, 2.3704);
        ClipMetrics trained = new ClipMetrics(-3.96, 0.6125, 1.3);
        assertThat(TextTable.ofMetrics(MetricRow.of(untrained, trained)).toString())
                .isEqualTo("""
                        metric        untrained  trained  better is
                        ------------  ---------  -------  ---------
                        Mel distance      2.370    1.300      lower
                        STOI                n/a    0.613     higher
                        SI-SDR (dB)       -19.0     -4.0     higher
                        """);
    }

    @Test
    void improvementFollowsTheDirection() {
        assertThat(new MetricRow("STOI", 3, 0.5, 0.6, true).improved()).isTrue();
        assertThat(new MetricRow("STOI", 3, 0.5, 0.5, true).improved()).isFalse();
        assertThat(new MetricRow("mel", 3, 2, 1, false).improved()).isTrue();
        assertThat(new MetricRow("mel", 3, Double.NaN, 1, false).improved()).isFalse();
    }

    @Test
    void refusesAnotherNumberOfCells() {
        assertThatThrownBy(() -> new TextTable("a", "b").row("1"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2 columns");
    }
}
