package org.openmoshi.train.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProgressLineTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    private long nanos;

    private ProgressLine line(boolean inPlace, int width) {
        return new ProgressLine(out, inPlace, width, 400, Duration.ofSeconds(10), () -> nanos);
    }

    private String printed() {
        return bytes.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
    }

    private void pass(double seconds) {
        nanos += (long) (seconds * 1e9);
    }

    @Test
    void showsStepRateTimeLeftAndLosses() {
        Map<String, Double> losses = new LinkedHashMap<>();
        losses.put("mel", 1.78251);
        losses.put("l1", 0.00001234);
        ProgressLine line = line(false, 200);
        line.start(0);
        pass(10);
        line.update(20, 83.2, losses);
        pass(20);
        line.update(60, 166.4, losses);
        assertThat(printed().lines().toList().getLast())
                .isEqualTo("step 60/400 15%  2.00 steps/s  8.3 s audio/s  2:50 left  mel 1.783  l1 1.23e-05");
    }

    @Test
    void showsNoTimeLeftFromTheSlowFirstSteps() {
        ProgressLine line = line(false, 200);
        line.start(0);
        for (int step = 1; step <= 4; step++) {
            pass(12);
            line.update(step, 4, Map.of());
        }
        assertThat(printed().lines().map(text -> text.contains("left"))).containsExactly(false, false, true, true);
    }

    @Test
    void ofAResumedRunCountsOnlyItsOwnSteps() {
        ProgressLine line = line(false, 200);
        line.start(300);
        pass(20);
        line.update(310, 41, Map.of());
        pass(20);
        line.update(320, 41, Map.of());
        assertThat(printed()).contains("step 320/400 80%  0.50 steps/s").contains("2:40 left");
    }

    @Test
    void elsewhereThanOnATerminalPrintsOnlyNowAndThenAndAtTheEnd() {
        ProgressLine line = line(false, 200);
        line.start(0);
        for (int step = 1; step <= 25; step++) {
            pass(1);
            line.update(step, 1, Map.of());
        }
        line.message("saved");
        line.close();
        assertThat(printed().lines().map(text -> text.split(" {2}")[0]))
                .containsExactly("step 10/400 2%", "step 20/400 5%", "saved", "step 25/400 6%");
        assertThat(printed()).doesNotContain("\r");
    }

    @Test
    void onATerminalRewritesOneLineWithinItsWidth() {
        ProgressLine line = line(true, 30);
        line.start(0);
        pass(10);
        line.update(1, 1, Map.of("mel", 1.0));
        line.message("saved");
        pass(10);
        line.update(2, 1, Map.of("mel", 1.0));
        line.close();
        String shown = "step 1/400 0%  0.10 steps/s  0";
        assertThat(printed())
                .isEqualTo("\r" + shown + "\r" + " ".repeat(30) + "\rsaved\n" + shown + "\r"
                        + shown.replace("step 1", "step 2") + "\n");
    }

    @Test
    void lastStepIsAlwaysShown() {
        ProgressLine line = line(false, 200);
        line.start(399);
        pass(0.5);
        line.update(400, 1, Map.of());
        assertThat(printed()).contains("step 400/400 100%");
    }

    @Test
    void durations() {
        assertThat(ProgressLine.formatDuration(7)).isEqualTo("0:07");
        assertThat(ProgressLine.formatDuration(754)).isEqualTo("12:34");
        assertThat(ProgressLine.formatDuration(12_307)).isEqualTo("3:25:07");
    }

    @Test
    void mustBeStarted() {
        assertThatThrownBy(() -> line(false, 80).update(1, 1, Map.of())).isInstanceOf(IllegalStateException.class);
    }
}
