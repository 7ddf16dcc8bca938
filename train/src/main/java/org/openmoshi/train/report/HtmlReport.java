package org.openmoshi.train.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.openmoshi.train.audio.Audio;
import org.openmoshi.train.audio.WavWriter;
import org.openmoshi.train.eval.ClipMetrics;

/**
 * Writes a {@link RunReport} as one page without outside resources: sound, pictures and style are embedded, so that it
 * opens offline, can be mailed, and reads on a phone in a light and a dark scheme.
 */
public final class HtmlReport {
    private static final int IMAGE_WIDTH = 560;
    private static final int IMAGE_HEIGHT = 168;

    private final RunReport report;
    private final StringBuilder page = new StringBuilder();

    private HtmlReport(RunReport report) {
        this.report = report;
    }

    /** Returns the page. */
    public static String render(RunReport report) {
        return new HtmlReport(report).build();
    }

    /**
     * Writes the page into a file, replacing it if it exists.
     *
     * @throws IOException if the file cannot be written
     */
    public static void write(RunReport report, Path file) throws IOException {
        Files.writeString(file, render(report), StandardCharsets.UTF_8);
    }

    private String build() {
        page.append("""
                <!doctype html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <meta name="color-scheme" content="light dark">
                """);
        line("<title>%s</title>", report.title());
        page.append("<style>\n").append(resource("report.css")).append("</style>\n</head>\n<body>\n<main>\n");
        header();
        clips();
        charts();
        codebooks();
        facts();
        commands();
        page.append("</main>\n<script>\n").append(resource("report.js")).append("</script>\n</body>\n</html>\n");
        return page.toString();
    }

    private void header() {
        page.append("<header>\n");
        line("<h1>%s</h1>", report.title());
        line("<p class=\"lead\">%s</p>", report.summary());
        page.append("<div class=\"tiles\">\n");
        line(
                "<div class=\"tile\"><span>Bitrate</span><strong>%s <small>kbit/s</small></strong><em>%s</em></div>",
                kilobits(report.bitsPerSecond()), uncompressed());
        for (MetricRow row : report.metrics()) {
            line(
                    "<div class=\"tile\"><span>%s</span><strong>%s</strong><em>before: %s &middot; %s is better</em></div>",
                    row.name(), row.trainedText(), row.untrainedText(), row.better());
        }
        page.append("</div>\n</header>\n");
    }

    private static String kilobits(double bitsPerSecond) {
        return String.format(Locale.ROOT, bitsPerSecond < 1e5 ? "%.2f" : "%.0f", bitsPerSecond / 1000);
    }

    private String uncompressed() {
        if (report.clips().isEmpty()) {
            return "";
        }
        return "as 16-bit samples: " + kilobits(16.0 * report.clips().getFirst().sampleRate());
    }

    private void clips() {
        if (report.clips().isEmpty()) {
            return;
        }
        page.append("<section>\n<h2>Listen</h2>\n");
        page.append("<p>Clips that training never saw: the original, and what the codec makes of it before and after"
                + " training. The pictures show frequency in Hz over time in"
                + " seconds; brighter is louder.</p>\n");
        for (RunReport.Clip clip : report.clips()) {
            double seconds = (double) clip.original().length / clip.sampleRate();
            line(
                    "<article>\n<h3>%s <small>%s s</small></h3>\n<div class=\"forms\">",
                    clip.name(), String.format(Locale.ROOT, "%.1f", seconds));
            MelImage mel = new MelImage(clip.sampleRate());
            double peak = mel.peakDb(clip.original());
            form(mel, peak, clip, "Original", clip.original(), "");
            form(mel, peak, clip, "Untrained", clip.untrained(), describe(clip.untrainedMetrics()));
            form(mel, peak, clip, "Trained", clip.trained(), describe(clip.trainedMetrics()));
            page.append("</div>\n</article>\n");
        }
        metricTable();
        page.append("</section>\n");
    }

    private static String describe(ClipMetrics metrics) {
        return "mel " + MetricRow.format(metrics.melDistance(), 3) + ", STOI " + MetricRow.format(metrics.stoi(), 3)
                + ", SI-SDR " + MetricRow.format(metrics.siSdr(), 1) + " dB";
    }

    private void form(MelImage mel, double peak, RunReport.Clip clip, String form, float[] samples, String metrics) {
        line(
                "<figure class=\"%s\"><figcaption><b>%s</b> <span>%s</span></figcaption>",
                form.toLowerCase(Locale.ROOT), form, metrics);
        byte[] png = PlotStyle.png(mel.render(samples, peak, IMAGE_WIDTH, IMAGE_HEIGHT));
        page.append(spectrogram(mel, png, (double) samples.length / clip.sampleRate(), form + ", " + clip.name()));
        line(
                "<audio controls preload=\"metadata\" aria-label=\"%s, %s\" src=\"%s\"></audio></figure>",
                form,
                clip.name(),
                Html.dataUri("audio/wav", WavWriter.pcm16Bytes(Audio.mono(clip.sampleRate(), samples))));
    }

    /** The picture with its axes and a cursor that the player moves. */
    private static String spectrogram(MelImage mel, byte[] png, double seconds, String label) {
        int left = 34;
        int width = 340;
        int height = 120;
        StringBuilder svg = new StringBuilder();
        svg.append(String.format(
                Locale.ROOT,
                "<svg class=\"mel\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Spectrogram: %s\">",
                left + width + 6,
                height + 24,
                Html.escape(label)));
        svg.append(String.format(
                "<image x=\"%d\" y=\"4\" width=\"%d\" height=\"%d\" preserveAspectRatio=\"none\" href=\"%s\"/>",
                left, width, height, Html.dataUri("image/png", png)));
        for (int hz : mel.ticksHz()) {
            if (hz >= 500) {
                svg.append(String.format(
                        Locale.ROOT,
                        "<text class=\"tick end\" x=\"%d\" y=\"%.1f\">%s</text>",
                        left - 5,
                        4 + (1 - mel.position(hz)) * height + 3.5,
                        hz < 1000 ? hz : hz / 1000 + "k"));
            }
        }
        double step = MelImage.timeStep(seconds);
        for (int i = 0; i * step <= seconds + 1e-9; i++) {
            svg.append(String.format(
                    Locale.ROOT,
                    "<text class=\"tick mid\" x=\"%.1f\" y=\"%d\">%s%s</text>",
                    left + i * step / seconds * width,
                    height + 18,
                    String.format(Locale.ROOT, step < 1 ? "%.1f" : "%.0f", i * step),
                    i == 0 ? " s" : ""));
        }
        svg.append(String.format(
                "<line class=\"cursor\" data-left=\"%d\" data-width=\"%d\" x1=\"%d\" x2=\"%d\" y1=\"4\" y2=\"%d\"/></svg>%n",
                left, width, left, left, height + 4));
        return svg.toString();
    }

    private void metricTable() {
        if (report.metrics().isEmpty()) {
            return;
        }
        page.append("<div class=\"scroll\"><table><thead><tr><th>Mean over the clips</th><th>Untrained</th>"
                + "<th>Trained</th><th>Better is</th></tr></thead><tbody>\n");
        for (MetricRow row : report.metrics()) {
            line(
                    "<tr><td>%s</td><td>%s</td><td class=\"%s\">%s</td><td>%s</td></tr>",
                    row.name(),
                    row.untrainedText(),
                    row.improved() ? "good" : "plain",
                    row.trainedText(),
                    row.better());
        }
        page.append("</tbody></table></div>\n");
        page.append("<details><summary>What the measures say</summary>\n<p><b>Mel distance</b> compares loudness per"
                + " frequency band at six time scales; it follows what one sees in the pictures. <b>STOI</b> estimates"
                + " from 0 to 1 how intelligible speech is. <b>SI-SDR</b> compares wave forms sample by sample; a codec"
                + " at this bitrate does not keep the phase, so it stays low even for good sound.</p></details>\n");
    }

    private void charts() {
        if (report.charts().isEmpty()) {
            return;
        }
        page.append("<section>\n<h2>Training</h2>\n<div class=\"charts\">\n");
        for (LineChart chart : report.charts()) {
            line(
                    "<figure><figcaption><b>%s</b> <span>%s%s</span></figcaption>",
                    chart.title(), chart.yLabel(), chart.logScale() ? ", logarithmic" : "");
            page.append(SvgLineChart.render(chart)).append("<ul class=\"legend\">");
            for (int i = 0; i < chart.series().size(); i++) {
                line(
                        "<li class=\"s%s\">%s</li>",
                        Integer.toString(i % PlotStyle.NUM_SERIES),
                        chart.series().get(i).name());
            }
            page.append("</ul></figure>\n");
        }
        page.append("</div>\n</section>\n");
    }

    private void codebooks() {
        if (report.codebooks().isEmpty()) {
            return;
        }
        page.append("<section>\n<h2>Codebooks</h2>\n<p>Entries that occurred in the clips above, and how evenly they"
                + " were used (entropy, 100% is even).</p>\n<div class=\"scroll\"><table class=\"codebooks\"><thead><tr>"
                + "<th>Codebook</th><th>In use</th><th></th><th>Entropy</th></tr></thead><tbody>\n");
        for (RunReport.CodebookUsage book : report.codebooks()) {
            line(
                    "<tr><td>%s</td><td>%s of %s</td><td class=\"bar\"><meter min=\"0\" max=\"%s\" value=\"%s\"></meter></td>"
                            + "<td>%s%%</td></tr>",
                    book.name(),
                    Integer.toString(book.used()),
                    Integer.toString(book.size()),
                    Integer.toString(book.size()),
                    Integer.toString(book.used()),
                    String.format(Locale.ROOT, "%.0f", 100 * book.entropy()));
        }
        page.append("</tbody></table></div>\n</section>\n");
    }

    private void facts() {
        if (report.facts().isEmpty()) {
            return;
        }
        page.append("<section>\n<h2>What was run</h2>\n<dl>\n");
        for (RunReport.Fact fact : report.facts()) {
            line("<div><dt>%s</dt><dd>%s</dd></div>", fact.name(), fact.value());
        }
        page.append("</dl>\n</section>\n");
    }

    private void commands() {
        if (report.commands().isEmpty()) {
            return;
        }
        page.append("<section>\n<h2>Go on</h2>\n");
        for (RunReport.Command command : report.commands()) {
            line("<p class=\"purpose\">%s</p>\n<pre><code>%s</code></pre>", command.purpose(), command.line());
        }
        page.append("</section>\n");
    }

    /** Appends a line of markup; every value is escaped. */
    private void line(String markup, String... values) {
        Object[] escaped = new Object[values.length];
        for (int i = 0; i < values.length; i++) {
            escaped[i] = Html.escape(values[i]);
        }
        page.append(String.format(Locale.ROOT, markup, escaped)).append('\n');
    }

    private static String resource(String name) {
        try (InputStream in = HtmlReport.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("resource " + name + " is missing beside " + HtmlReport.class.getName()
                        + "; build the project anew");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("reading the resource " + name + " failed", e);
        }
    }
}
