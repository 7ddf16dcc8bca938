package org.openmoshi.train.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlotStyleTest {
    /** Run in a process of its own: draws its first picture after the process was asked to stop. */
    static final class DrawsWhileItEnds {
        public static void main(String[] args) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                LinkedHashMap<String, float[]> panels = new LinkedHashMap<>();
                panels.put("silence", new float[4800]);
                byte[] png = PlotStyle.png(SpectrogramPlot.render("clip", panels, 24_000));
                System.out.println(png.length > 1000 ? "drawn" : "empty");
            }));
            System.exit(0);
        }
    }

    @Test
    void picturesCanBeMadeAfterTheProgramWasAskedToStop() throws IOException, InterruptedException {
        Fonts.assumePresent();
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Djava.awt.headless=true",
                        "-cp",
                        System.getProperty("java.class.path"),
                        DrawsWhileItEnds.class.getName()))
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isZero();
        assertThat(output).isEqualToIgnoringNewLines("drawn");
    }
}
