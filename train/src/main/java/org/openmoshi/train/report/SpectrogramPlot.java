package org.openmoshi.train.report;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;

/** Log-mel spectrograms with labelled axes, one clip or several below each other with a common scale of colours. */
public final class SpectrogramPlot {
    private static final int WIDTH = 960;
    private static final int HEIGHT = 190;
    private static final int LEFT = 74;
    private static final int RIGHT = 92;
    private static final int TITLE_HEIGHT = 44;
    private static final int LABEL_HEIGHT = 26;
    private static final int GAP = 12;
    private static final int AXIS_HEIGHT = 48;
    private static final int BAR_WIDTH = 14;

    private SpectrogramPlot() {}

    /**
     * Draws clips below each other. Colours are relative to the loudest cell of the first one, the original.
     *
     * @param title above all
     * @param clips samples by label, in the order of the map, [T] each; drawn over the time of the longest
     * @param sampleRate in Hz
     * @throws IllegalArgumentException if there is no clip, or one is empty
     * @throws IllegalStateException if there is no font
     */
    public static BufferedImage render(String title, SequencedMap<String, float[]> clips, int sampleRate) {
        if (clips.isEmpty() || clips.values().stream().anyMatch(samples -> samples.length == 0)) {
            throw new IllegalArgumentException("spectrogram '" + title + "': there is no sample to draw");
        }
        int longest = clips.values().stream()
                .mapToInt(samples -> samples.length)
                .max()
                .orElseThrow();
        MelImage mel = new MelImage(sampleRate);
        double peak = mel.peakDb(clips.firstEntry().getValue());
        int rows = clips.size();
        int bottom = TITLE_HEIGHT + rows * (LABEL_HEIGHT + HEIGHT) + (rows - 1) * GAP;
        BufferedImage image = new BufferedImage(LEFT + WIDTH + RIGHT, bottom + AXIS_HEIGHT, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = PlotStyle.begin(image);
        g.setFont(PlotStyle.TITLE);
        g.drawString(title, LEFT, 30);
        int top = TITLE_HEIGHT;
        for (Map.Entry<String, float[]> clip : clips.entrySet()) {
            g.setFont(PlotStyle.LABEL);
            g.setColor(PlotStyle.INK);
            g.drawString(clip.getKey(), LEFT, top + 18);
            top += LABEL_HEIGHT;
            float[] samples = clip.getValue();
            int width = Math.max(1, (int) Math.round((double) WIDTH * samples.length / longest));
            g.drawImage(mel.render(samples, peak, width, HEIGHT), LEFT, top, null);
            frequencyAxis(g, mel, top);
            top += HEIGHT + GAP;
        }
        timeAxis(g, (double) longest / sampleRate, bottom);
        colorBar(g, TITLE_HEIGHT + LABEL_HEIGHT, HEIGHT);
        g.dispose();
        return image;
    }

    /**
     * Draws one clip.
     *
     * @param samples [T]
     * @param sampleRate in Hz
     * @throws IllegalArgumentException if it is empty
     * @throws IllegalStateException if there is no font
     */
    public static BufferedImage render(String title, float[] samples, int sampleRate) {
        SequencedMap<String, float[]> one = new LinkedHashMap<>();
        one.put(
                String.format(Locale.ROOT, "%.2f s at %d Hz", (double) samples.length / sampleRate, sampleRate),
                samples);
        return render(title, one, sampleRate);
    }

    private static void frequencyAxis(Graphics2D g, MelImage mel, int top) {
        g.setFont(PlotStyle.TICK);
        for (int hz : mel.ticksHz()) {
            int y = top + (int) Math.round((1 - mel.position(hz)) * HEIGHT);
            g.setColor(PlotStyle.FAINT_INK);
            g.drawLine(LEFT - 5, y, LEFT - 1, y);
            String label = hz < 1000 ? Integer.toString(hz) : hz / 1000 + "k";
            PlotStyle.drawRight(g, label, LEFT - 9, y + 4);
        }
        AffineTransform upright = g.getTransform();
        g.rotate(-Math.PI / 2, 20, top + HEIGHT / 2.0);
        PlotStyle.drawCentred(g, "Frequency (Hz)", 20, top + HEIGHT / 2);
        g.setTransform(upright);
    }

    private static void timeAxis(Graphics2D g, double seconds, int y) {
        g.setFont(PlotStyle.TICK);
        g.setColor(PlotStyle.FAINT_INK);
        double step = MelImage.timeStep(seconds);
        for (int i = 0; i * step <= seconds + 1e-9; i++) {
            int x = LEFT + (int) Math.round(i * step / seconds * (WIDTH - 1));
            g.drawLine(x, y, x, y + 5);
            PlotStyle.drawCentred(g, String.format(Locale.ROOT, step < 1 ? "%.1f" : "%.0f", i * step), x, y + 20);
        }
        PlotStyle.drawCentred(g, "Time (s)", LEFT + WIDTH / 2, y + 38);
    }

    private static void colorBar(Graphics2D g, int top, int height) {
        int x = LEFT + WIDTH + 16;
        for (int row = 0; row < height; row++) {
            int index = Math.round((1 - row / (height - 1f)) * (Colormap.SIZE - 1));
            g.setColor(new Color(Colormap.palette().getRGB(index)));
            g.fillRect(x, top + row, BAR_WIDTH, 1);
        }
        g.setFont(PlotStyle.TICK);
        g.setColor(PlotStyle.FAINT_INK);
        for (int db = 0; db <= MelImage.RANGE_DB; db += 20) {
            int y = top + (int) Math.round(db / MelImage.RANGE_DB * (height - 1));
            g.drawString(db == 0 ? "0 dB" : "-" + db, x + BAR_WIDTH + 6, y + 4);
        }
    }
}
