package org.openmoshi.benchmarks;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A line of the result table.
 *
 * @param name family, method and parameter, for example {@code conv1d.forward 512->512 k7 s1 T1006}
 * @param threads threads on both sides
 * @param ours this project's time
 * @param pyTorch PyTorch's time, or null without peers
 * @param allocated bytes of Java heap that one of our calls allocates, median
 * @param peakMemory most memory that the process of our side ever held, in MB
 */
record Row(String name, int threads, Time ours, @Nullable Time pyTorch, double allocated, double peakMemory) {
    /**
     * A median with its spread.
     *
     * @param median milliseconds per call
     * @param spread half the distance between the quartiles, as a fraction of the median
     */
    record Time(double median, double spread) {
        static Time of(List<Double> samples) {
            double median = quantile(samples, 0.5);
            return new Time(median, (quantile(samples, 0.75) - quantile(samples, 0.25)) / 2 / median);
        }

        @Override
        public String toString() {
            String digits = median < 10 ? "%.3f" : median < 100 ? "%.2f" : "%.1f";
            return String.format(Locale.ROOT, digits + " ms ±%.0f%%", median, 100 * spread);
        }
    }

    /** PyTorch's time divided by ours: above 1 we are faster. NaN without peers. */
    double ratio() {
        return pyTorch == null ? Double.NaN : pyTorch.median / ours.median;
    }

    static double median(List<Double> samples) {
        return quantile(samples, 0.5);
    }

    private static double quantile(List<Double> samples, double fraction) {
        double[] sorted =
                samples.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        double at = fraction * (sorted.length - 1);
        int below = (int) at;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }
}
