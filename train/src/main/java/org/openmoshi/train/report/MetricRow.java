package org.openmoshi.train.report;

import java.util.List;
import java.util.Locale;
import org.openmoshi.train.eval.ClipMetrics;

/**
 * One measure before and after training.
 *
 * @param name what is measured, with its unit
 * @param decimals digits after the point when it is printed
 * @param untrained value of the freshly initialised model
 * @param trained value of the trained model
 * @param higherIsBetter the direction in which it improves
 */
public record MetricRow(String name, int decimals, double untrained, double trained, boolean higherIsBetter) {
    /** Returns the rows of the measures of {@link ClipMetrics}. */
    public static List<MetricRow> of(ClipMetrics untrained, ClipMetrics trained) {
        return List.of(
                new MetricRow("Mel distance", 3, untrained.melDistance(), trained.melDistance(), false),
                new MetricRow("STOI", 3, untrained.stoi(), trained.stoi(), true),
                new MetricRow("SI-SDR (dB)", 1, untrained.siSdr(), trained.siSdr(), true));
    }

    /** Returns whether training moved the value in the better direction; false if one of them is undefined. */
    public boolean improved() {
        return higherIsBetter ? trained > untrained : trained < untrained;
    }

    /** Returns "higher" or "lower". */
    public String better() {
        return higherIsBetter ? "higher" : "lower";
    }

    /** Returns the untrained value as it is printed. */
    public String untrainedText() {
        return format(untrained, decimals);
    }

    /** Returns the trained value as it is printed. */
    public String trainedText() {
        return format(trained, decimals);
    }

    /** Formats a value, "n/a" where it is undefined. */
    static String format(double value, int decimals) {
        return Double.isNaN(value) ? "n/a" : String.format(Locale.ROOT, "%." + decimals + "f", value);
    }
}
