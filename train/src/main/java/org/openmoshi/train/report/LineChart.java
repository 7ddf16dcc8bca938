package org.openmoshi.train.report;

import java.util.List;

/**
 * Curves over training steps, to be drawn by {@link LossPlot} as an image and by {@link SvgLineChart} for the page.
 *
 * @param title above the chart
 * @param yLabel what the values are
 * @param logScale whether the value axis is logarithmic; values that are not positive are then left out
 * @param series the curves
 */
public record LineChart(String title, String yLabel, boolean logScale, List<Series> series) {
    /** Copies the list. */
    public LineChart {
        series = List.copyOf(series);
    }

    /** A point of a curve. */
    public record Point(long step, double value) {}

    /**
     * A curve.
     *
     * @param name in the legend
     * @param points in rising order of steps
     */
    public record Series(String name, List<Point> points) {
        /** Copies the list. */
        public Series {
            points = List.copyOf(points);
        }

        /**
         * Returns the curve smoothed by an exponential average whose first values are not biased towards zero.
         *
         * @param weight of the past, in [0, 1); 0 changes nothing
         * @throws IllegalArgumentException if the weight is outside
         */
        public Series smoothed(double weight) {
            if (!(weight >= 0 && weight < 1)) {
                throw new IllegalArgumentException("smoothing weight " + weight + " is not in [0, 1)");
            }
            double[] average = {0, 0};
            List<Point> smooth = points.stream()
                    .filter(point -> Double.isFinite(point.value()))
                    .map(point -> {
                        average[0] = weight * average[0] + (1 - weight) * point.value();
                        average[1] = weight * average[1] + (1 - weight);
                        return new Point(point.step(), average[0] / average[1]);
                    })
                    .toList();
            return new Series(name, smooth);
        }

        /** Returns the curve without what an axis of the given kind cannot show. */
        Series drawable(boolean logScale) {
            return new Series(
                    name,
                    points.stream()
                            .filter(point -> Double.isFinite(point.value()) && (!logScale || point.value() > 0))
                            .toList());
        }
    }
}
