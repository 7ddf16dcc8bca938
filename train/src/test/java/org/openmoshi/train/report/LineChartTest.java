package org.openmoshi.train.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LineChartTest {
    private static LineChart.Series series(double... values) {
        List<LineChart.Point> points = new ArrayList<>();
        for (int i = 0; i < values.length; i++) {
            points.add(new LineChart.Point(i * 10L, values[i]));
        }
        return new LineChart.Series("loss", points);
    }

    private static LineChart chart(boolean logScale, double... values) {
        return new LineChart("Losses", "Loss", logScale, List.of(series(values)));
    }

    @Test
    void smoothingIsAnUnbiasedExponentialAverage() {
        List<LineChart.Point> smooth = series(4, Double.NaN, 2).smoothed(0.5).points();
        assertThat(smooth).extracting(LineChart.Point::step).containsExactly(0L, 20L);
        assertThat(smooth.get(0).value()).isCloseTo(4, within(1e-12));
        // (0.25 * 4 + 0.5 * 2) / 0.75
        assertThat(smooth.get(1).value()).isCloseTo(8 / 3.0, within(1e-12));
        assertThat(series(1, 2, 3).smoothed(0)).isEqualTo(series(1, 2, 3));
        assertThatThrownBy(() -> series(1).smoothed(1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void axesCoverAllValuesWithRoundTicks() {
        ChartAxes axes = new ChartAxes(chart(false, 0.2, 1.3, 0.9), 10, 20, 200, 100);
        assertThat(axes.x(0)).isEqualTo(10);
        assertThat(axes.x(20)).isEqualTo(210);
        assertThat(axes.y(1.3)).isBetween(20.0, 30.0);
        assertThat(axes.y(0.2)).isBetween(110.0, 120.0);
        assertThat(axes.stepTicks()).containsExactly(0L, 5L, 10L, 15L, 20L);
        assertThat(axes.valueTicks().stream().map(ChartAxes::label))
                .containsExactly("0.2", "0.4", "0.6", "0.8", "1", "1.2");
    }

    @Test
    void logarithmicAxisHasEqualRatiosAtEqualDistances() {
        ChartAxes axes = new ChartAxes(chart(true, 10, 0, 0.1, -1), 0, 0, 100, 100);
        assertThat(axes.y(0.1) - axes.y(1)).isCloseTo(axes.y(1) - axes.y(10), within(1e-9));
        assertThat(axes.valueTicks().stream().map(ChartAxes::label))
                .containsExactly("0.1", "0.2", "0.5", "1", "2", "5", "10");
        ChartAxes narrow = new ChartAxes(chart(true, 1.4, 1.3), 0, 0, 100, 100);
        assertThat(narrow.valueTicks()).hasSizeGreaterThan(3).allMatch(v -> narrow.y(v) >= 0 && narrow.y(v) <= 100);
    }

    @Test
    void aConstantCurveAndASinglePointCanBeDrawn() {
        assertThat(new ChartAxes(chart(false, 2, 2, 2), 0, 0, 100, 100).y(2)).isCloseTo(50, within(1e-6));
        assertThat(new ChartAxes(chart(false, 0), 0, 0, 100, 100).valueTicks()).isNotEmpty();
        assertThat(SvgLineChart.render(chart(true, 1))).contains("<circle");
    }

    @Test
    void tickLabels() {
        assertThat(List.of(0.0, 0.30000000000000004, 1500.0, 1e-4, 2e6).stream().map(ChartAxes::label))
                .containsExactly("0", "0.3", "1500", "1e-04", "2e+06");
    }

    @Test
    void nothingToDrawIsAnError() {
        assertThatThrownBy(() -> SvgLineChart.render(chart(true, 0, Double.NaN)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Losses");
    }

    @Test
    void svgHoldsEveryCurveWithItsLastPoint() {
        double[] falling = new double[1001];
        for (int i = 0; i < falling.length; i++) {
            falling[i] = 2 - i / 1000.0;
        }
        String svg = SvgLineChart.render(chart(false, falling));
        assertThat(svg).contains("class=\"raw s0\"").contains("class=\"line s0\"");
        assertThat(svg.split("506\\.0,"))
                .as("last step at the right edge, raw and smooth")
                .hasSize(3);
        assertThat(svg.length()).as("thinned out").isLessThan(30_000);
    }

    @Test
    void imageShowsAFallingCurve() {
        Fonts.assumePresent();
        double[] falling = new double[100];
        for (int i = 0; i < falling.length; i++) {
            falling[i] = 10 * Math.exp(-i / 20.0);
        }
        BufferedImage image = LossPlot.render(chart(true, falling), 0);
        assertThat(image.getWidth()).isEqualTo(960);
        int curve = PlotStyle.series(0).getRGB();
        int last = -1;
        for (int x = 120; x < 920; x += 100) {
            int y = 90;
            while (y < 420 && image.getRGB(x, y) != curve) {
                y++;
            }
            assertThat(y).as("row of the curve in column %d", x).isBetween(last + 1, 419);
            last = y;
        }
    }
}
