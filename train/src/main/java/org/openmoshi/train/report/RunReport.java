package org.openmoshi.train.report;

import java.util.List;
import org.openmoshi.train.eval.ClipMetrics;

/**
 * What {@link HtmlReport} shows. All strings are plain text.
 *
 * @param title of the page
 * @param summary one or two sentences under the title
 * @param bitsPerSecond rate of the codec
 * @param facts what was run: configuration, data, hardware, duration
 * @param metrics means over the clips
 * @param clips held-back clips
 * @param charts loss curves
 * @param codebooks use of each codebook
 * @param commands how to go on
 */
public record RunReport(
        String title,
        String summary,
        double bitsPerSecond,
        List<Fact> facts,
        List<MetricRow> metrics,
        List<Clip> clips,
        List<LineChart> charts,
        List<CodebookUsage> codebooks,
        List<Command> commands) {
    /** Copies the lists. */
    public RunReport {
        facts = List.copyOf(facts);
        metrics = List.copyOf(metrics);
        clips = List.copyOf(clips);
        charts = List.copyOf(charts);
        codebooks = List.copyOf(codebooks);
        commands = List.copyOf(commands);
    }

    /** A line of the description of the run. */
    public record Fact(String name, String value) {}

    /**
     * How a codebook was used over the held-back clips.
     *
     * @param name for example "semantic" or "acoustic 3"
     * @param used entries that occurred
     * @param size entries that there are
     * @param entropy of the entries' frequencies divided by log(size), 0 to 1
     */
    public record CodebookUsage(String name, int used, int size, double entropy) {}

    /** A command line and what it is for. */
    public record Command(String purpose, String line) {}

    /**
     * One clip in its three forms, which are of one length.
     *
     * @param name of the clip
     * @param sampleRate in Hz
     * @param original samples, [T]
     * @param untrained the original through the untrained codec, [T]
     * @param trained the original through the trained codec, [T]
     */
    @SuppressWarnings("ArrayRecordComponent") // Handed through once and never compared; copies would be waste.
    public record Clip(String name, int sampleRate, float[] original, float[] untrained, float[] trained) {
        /** Measures the untrained form. */
        public ClipMetrics untrainedMetrics() {
            return ClipMetrics.compare(original, untrained, sampleRate);
        }

        /** Measures the trained form. */
        public ClipMetrics trainedMetrics() {
            return ClipMetrics.compare(original, trained, sampleRate);
        }
    }
}
