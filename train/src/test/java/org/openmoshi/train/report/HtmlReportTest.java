package org.openmoshi.train.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import javax.sound.sampled.UnsupportedAudioFileException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openmoshi.train.eval.ClipMetrics;

class HtmlReportTest {
    private static final String HOSTILE = "<script>alert('x')</script> & \"q\" %s %d";

    private static float[] tone(double hz) {
        float[] x = new float[12_000];
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) (0.5 * Math.sin(2 * Math.PI * hz * i / 24_000));
        }
        return x;
    }

    private static RunReport report(String text) {
        ClipMetrics untrained = new ClipMetrics(-20, 0.2, 2.5);
        ClipMetrics trained = new ClipMetrics(1, 0.7, 1.25);
        LineChart chart = new LineChart(
                text,
                text,
                true,
                List.of(new LineChart.Series(text, List.of(new LineChart.Point(1, 2), new LineChart.Point(9, 1)))));
        return new RunReport(
                text,
                text,
                1100,
                List.of(new RunReport.Fact(text, text)),
                MetricRow.of(untrained, trained),
                List.of(new RunReport.Clip(text, 24_000, tone(300), tone(500), tone(700))),
                List.of(chart),
                List.of(new RunReport.CodebookUsage(text, 100, 512, 0.625)),
                List.of(new RunReport.Command(text, text)));
    }

    @Test
    void loadsNothingFromOutside() {
        String page = HtmlReport.render(report("Codec"));
        assertThat(attributes(page, "src|href|action|poster|srcset"))
                .hasSize(6)
                .allMatch(value -> value.startsWith("data:"));
        assertThat(page).doesNotContain("@import").doesNotContain("url(").doesNotContain("//cdn");
        assertThat(page).doesNotContainPattern("https?://");
    }

    @Test
    void escapesEveryString() {
        String page = HtmlReport.render(report(HOSTILE));
        assertThat(page).doesNotContain("<script>alert").doesNotContain("\"q\"").doesNotContain("alert('x')");
        // Title, heading, summary, fact (2), clip (heading, 3 labels of players, 3 of pictures), chart (caption 2,
        // label, legend), codebook, command (2).
        assertThat(page.split(Pattern.quote(Html.escape(HOSTILE)), -1)).hasSize(19 + 1);
        // Only the page's own script is there.
        assertThat(page.split("<script", -1)).hasSize(2);
    }

    @Test
    void embedsThePlayableClips() throws IOException, UnsupportedAudioFileException {
        List<byte[]> clips = embedded(HtmlReport.render(report("Codec")), "audio/wav");
        assertThat(clips).hasSize(3);
        float[] trained = tone(700);
        try (AudioInputStream in = AudioSystem.getAudioInputStream(new ByteArrayInputStream(clips.get(2)))) {
            assertThat(in.getFormat().getSampleRate()).isEqualTo(24_000f);
            assertThat(in.getFormat().getChannels()).isEqualTo(1);
            byte[] pcm = in.readAllBytes();
            assertThat(pcm).hasSize(2 * trained.length);
            for (int i = 0; i < trained.length; i++) {
                int sample = (short) ((pcm[2 * i] & 0xFF) | pcm[2 * i + 1] << 8);
                assertThat(Math.abs(sample / 32768f - trained[i])).isLessThan(2e-5f);
            }
        }
    }

    @Test
    void embedsTheSpectrograms() throws IOException {
        List<byte[]> pictures = embedded(HtmlReport.render(report("Codec")), "image/png");
        assertThat(pictures).hasSize(3).doesNotHaveDuplicates();
        for (byte[] png : pictures) {
            assertThat(ImageIO.read(new ByteArrayInputStream(png)).getWidth()).isEqualTo(560);
        }
    }

    @Test
    void showsTheFigures() {
        String page = HtmlReport.render(report("Codec"));
        assertThat(page)
                .contains("1.10 <small>kbit/s")
                .contains("as 16-bit samples: 384")
                .contains("<td>Mel distance</td><td>2.500</td><td class=\"good\">1.250</td><td>lower</td>")
                .contains("100 of 512")
                .contains("<td>63%</td>");
    }

    @Test
    void leavesOutEmptySections(@TempDir Path directory) throws IOException {
        RunReport empty =
                new RunReport("Run", "", 1100, List.of(), List.of(), List.of(), List.of(), List.of(), List.of());
        Path file = directory.resolve("report.html");
        HtmlReport.write(empty, file);
        assertThat(Files.readString(file))
                .startsWith("<!doctype html>")
                .endsWith("</html>\n")
                .doesNotContain("<section");
    }

    private static List<String> attributes(String page, String names) {
        List<String> values = new ArrayList<>();
        Matcher matcher =
                Pattern.compile("\\b(?:" + names + ")\\s*=\\s*\"([^\"]*)\"").matcher(page);
        while (matcher.find()) {
            values.add(matcher.group(1));
        }
        return values;
    }

    private static List<byte[]> embedded(String page, String mediaType) {
        String prefix = "data:" + mediaType + ";base64,";
        return attributes(page, "src|href").stream()
                .filter(value -> value.startsWith(prefix))
                .map(value -> Base64.getDecoder().decode(value.substring(prefix.length())))
                .toList();
    }
}
