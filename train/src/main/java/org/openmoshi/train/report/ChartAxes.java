package org.openmoshi.train.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The axes of a {@link LineChart}: where a step and a value lie in a box of pixels, and which of them get a label. */
final class ChartAxes {
    private final boolean logScale;
    private final long lastStep;
    private final double low;
    private final double high;
    private final double left;
    private final double top;
    private final double width;
    private final double height;

    /**
     * Fits the axes to all curves: steps from 0 on, values with a margin.
     *
     * @throws IllegalArgumentException if no curve has a value to draw
     */
    ChartAxes(LineChart chart, double left, double top, double width, double height) {
        this.logScale = chart.logScale();
        this.left = left;
        this.top = top;
        this.width = width;
        this.height = height;
        List<LineChart.Point> points = chart.series().stream()
                .flatMap(series -> series.drawable(logScale).points().stream())
                .toList();
        if (points.isEmpty()) {
            throw new IllegalArgumentException("chart '" + chart.title() + "': no curve has a value to draw");
        }
        this.lastStep = Math.max(
                1, points.stream().mapToLong(LineChart.Point::step).max().orElseThrow());
        double min = points.stream().mapToDouble(p -> scale(p.value())).min().orElseThrow();
        double max = points.stream().mapToDouble(p -> scale(p.value())).max().orElseThrow();
        double margin = Math.max(0.05 * (max - min), 1e-3 * Math.max(1e-6, Math.abs(max)));
        this.low = min - margin;
        this.high = max + margin;
    }

    private double scale(double value) {
        return logScale ? Math.log10(value) : value;
    }

    double x(long step) {
        return left + (double) step / lastStep * width;
    }

    double y(double value) {
        return top + (high - scale(value)) / (high - low) * height;
    }

    /** Returns at most 8 round steps from 0 to the last one. */
    List<Long> stepTicks() {
        long distance = Math.max(1, Math.round(roundUp(lastStep / 7.0)));
        List<Long> ticks = new ArrayList<>();
        for (long step = 0; step <= lastStep; step += distance) {
            ticks.add(step);
        }
        return ticks;
    }

    /** Returns round values within the axis. */
    List<Double> valueTicks() {
        List<Double> ticks = new ArrayList<>();
        if (!logScale || high - low < 0.3) {
            // Less than a factor of two: an axis of equal distances labels it better than decades could.
            double from = logScale ? Math.pow(10, low) : low;
            double to = logScale ? Math.pow(10, high) : high;
            double distance = roundUp((to - from) / 7);
            for (long i = (long) Math.ceil(from / distance); i * distance <= to; i++) {
                ticks.add(i * distance);
            }
            return ticks;
        }
        // Decades, with 2 and 5 between them where there are few.
        double[] digits = high - low > 3 ? new double[] {1} : new double[] {1, 2, 5};
        for (int exponent = (int) Math.floor(low); exponent <= high; exponent++) {
            for (double digit : digits) {
                double value = digit * Math.pow(10, exponent);
                if (Math.log10(value) >= low && Math.log10(value) <= high) {
                    ticks.add(value);
                }
            }
        }
        return ticks;
    }

    /** Returns the least of 1, 2 and 5 times a power of ten that is not below the given distance. */
    private static double roundUp(double distance) {
        double power = Math.pow(10, Math.floor(Math.log10(distance)));
        double digit = distance / power;
        return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
    }

    /** Formats a tick with three digits. */
    static String label(double value) {
        double size = Math.abs(value);
        if (size < 1e-12) {
            return "0";
        }
        if (size >= 1e5 || size < 1e-3) {
            return String.format(Locale.ROOT, "%.0e", value);
        }
        return BigDecimal.valueOf(value)
                .round(new MathContext(3))
                .stripTrailingZeros()
                .toPlainString();
    }
}
