package org.openmoshi.train.report;

import java.util.Locale;

/**
 * Draws a {@link LineChart} as inline SVG whose colours come from the page's style sheet, so that it follows the light
 * and dark scheme and its text stays sharp on any screen.
 */
final class SvgLineChart {
    private static final int WIDTH = 520;
    private static final int HEIGHT = 280;
    private static final int LEFT = 52;
    private static final int RIGHT = 14;
    private static final int TOP = 12;
    private static final int BOTTOM = 40;
    // A curve with more points is smoothed; one with fewer gets dots.
    private static final int DENSE = 100;
    // More points than pixels only make the page heavy.
    private static final int MAX_POINTS = 400;
    private static final double SMOOTHING = 0.9;

    private final LineChart chart;
    private final ChartAxes axes;
    private final StringBuilder svg = new StringBuilder();

    private SvgLineChart(LineChart chart) {
        this.chart = chart;
        this.axes = new ChartAxes(chart, LEFT, TOP, WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM);
    }

    /**
     * Returns the SVG element.
     *
     * @throws IllegalArgumentException if no curve has a value to draw
     */
    static String render(LineChart chart) {
        return new SvgLineChart(chart).draw();
    }

    private String draw() {
        append(
                "<svg class=\"chart\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">",
                WIDTH, HEIGHT, Html.escape(chart.title()));
        for (double value : axes.valueTicks()) {
            double y = axes.y(value);
            append("<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>", LEFT, WIDTH - RIGHT, y, y);
            append("<text class=\"tick end\" x=\"%d\" y=\"%.1f\">%s</text>", LEFT - 8, y + 4, ChartAxes.label(value));
        }
        for (long step : axes.stepTicks()) {
            append("<text class=\"tick mid\" x=\"%.1f\" y=\"%d\">%d</text>", axes.x(step), HEIGHT - BOTTOM + 18, step);
        }
        append("<text class=\"tick mid\" x=\"%d\" y=\"%d\">step</text>", (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 4);
        for (int i = 0; i < chart.series().size(); i++) {
            curve(chart.series().get(i).drawable(chart.logScale()), "s" + i % PlotStyle.NUM_SERIES);
        }
        return svg.append("</svg>").toString();
    }

    private void curve(LineChart.Series series, String colorClass) {
        if (series.points().size() > DENSE) {
            polyline("raw " + colorClass, series);
            polyline("line " + colorClass, series.smoothed(SMOOTHING));
            return;
        }
        polyline("line " + colorClass, series);
        for (LineChart.Point point : series.points()) {
            append(
                    "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"2.6\"/>",
                    colorClass, axes.x(point.step()), axes.y(point.value()));
        }
    }

    private void polyline(String cssClass, LineChart.Series series) {
        append("<polyline class=\"%s\" points=\"", cssClass);
        int stride = Math.max(1, Math.ceilDiv(series.points().size(), MAX_POINTS));
        int last = series.points().size() - 1;
        for (int i = 0; i <= last; i++) {
            // The last point is always drawn: it is the result.
            if (i % stride == 0 || i == last) {
                LineChart.Point point = series.points().get(i);
                append("%.1f,%.1f ", axes.x(point.step()), axes.y(point.value()));
            }
        }
        svg.append("\"/>");
    }

    private void append(String pattern, Object... values) {
        svg.append(String.format(Locale.ROOT, pattern, values));
    }
}
