package org.openmoshi.train.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpectrogramPlotTest {
    private static final int SAMPLE_RATE = 24_000;

    /** A tone in the second half, silence in the first. */
    private static float[] lateTone(double hz, double amplitude) {
        float[] x = new float[SAMPLE_RATE];
        for (int i = SAMPLE_RATE / 2; i < x.length; i++) {
            x[i] = (float) (amplitude * Math.sin(2 * Math.PI * hz * i / SAMPLE_RATE));
        }
        return x;
    }

    private static int index(BufferedImage image, int x, int y) {
        return image.getRaster().getSample(x, y, 0);
    }

    @ParameterizedTest
    @ValueSource(doubles = {500, 2000, 8000})
    void aToneIsABrightLineAtItsFrequencyAndTime(double hz) {
        MelImage mel = new MelImage(SAMPLE_RATE);
        float[] x = lateTone(hz, 0.5);
        BufferedImage image = mel.render(x, mel.peakDb(x), 200, 192);
        int brightest = 0;
        for (int y = 0; y < 192; y++) {
            brightest = index(image, 150, y) > index(image, 150, brightest) ? y : brightest;
            assertThat(index(image, 40, y)).as("silence").isZero();
        }
        assertThat(192 - brightest - 0.5).isCloseTo(mel.position(hz) * 192, within(3.0));
        assertThat(index(image, 150, brightest)).isGreaterThan(235);
    }

    @Test
    void coloursSpanEightyDecibels() {
        MelImage mel = new MelImage(SAMPLE_RATE);
        float[] loud = lateTone(1000, 0.5);
        BufferedImage image = mel.render(lateTone(1000, 0.005), mel.peakDb(loud), 100, 96);
        int brightest = 0;
        for (int y = 0; y < 96; y++) {
            brightest = Math.max(brightest, index(image, 75, y));
        }
        // 40 dB down is half of the range.
        assertThat(brightest).isBetween(120, 130);
    }

    @Test
    void silenceIsDark() {
        MelImage mel = new MelImage(SAMPLE_RATE);
        float[] silence = new float[5000];
        BufferedImage image = mel.render(silence, mel.peakDb(silence), 20, 20);
        assertThat(image.getRaster().getSamples(0, 0, 20, 20, 0, (int[]) null)).containsOnly(0);
    }

    @Test
    void paletteGetsLighterSteadily() {
        double last = -1;
        for (int i = 0; i < Colormap.SIZE; i++) {
            double luma = 0.2126 * Colormap.palette().getRed(i)
                    + 0.7152 * Colormap.palette().getGreen(i)
                    + 0.0722 * Colormap.palette().getBlue(i);
            assertThat(luma).isGreaterThanOrEqualTo(last);
            last = luma;
        }
    }

    @Test
    void panelHoldsAllClipsAndIsAPng() throws IOException {
        Fonts.assumePresent();
        SequencedMap<String, float[]> clips = new LinkedHashMap<>();
        clips.put("original", lateTone(1000, 0.5));
        clips.put("trained", new float[SAMPLE_RATE / 2]);
        BufferedImage panel = SpectrogramPlot.render("clip", clips, SAMPLE_RATE);
        BufferedImage single = SpectrogramPlot.render("clip", lateTone(1000, 0.5), SAMPLE_RATE);
        assertThat(panel.getHeight()).isGreaterThan(single.getHeight() + 150);
        BufferedImage decoded = ImageIO.read(new ByteArrayInputStream(PlotStyle.png(panel)));
        assertThat(decoded.getWidth()).isEqualTo(panel.getWidth());
        assertThat(decoded.getRGB(100, 100)).isEqualTo(panel.getRGB(100, 100));
        // The shorter clip ends in the middle; beside it is paper.
        int row = panel.getHeight() - 100;
        assertThat(panel.getRGB(200, row)).isEqualTo(Colormap.palette().getRGB(0));
        assertThat(panel.getRGB(800, row)).isEqualTo(PlotStyle.PAPER.getRGB());
    }

    @Test
    void refusesNothing() {
        assertThatThrownBy(() -> SpectrogramPlot.render("clip", new LinkedHashMap<>(), SAMPLE_RATE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("clip");
        assertThatThrownBy(() -> SpectrogramPlot.render("empty one", new float[0], SAMPLE_RATE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("empty one");
    }
}
