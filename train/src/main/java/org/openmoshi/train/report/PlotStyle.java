package org.openmoshi.train.report;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.font.FontRenderContext;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Colours and fonts that all plots share, and their encoding. */
public final class PlotStyle {
    static final Color PAPER = new Color(0xFCFCFA);
    static final Color INK = new Color(0x1B2430);
    static final Color FAINT_INK = new Color(0x5C6773);
    static final Color GRID = new Color(0xE3E5E2);
    static final Font TITLE = new Font(Font.SANS_SERIF, Font.BOLD, 17);
    static final Font LABEL = new Font(Font.SANS_SERIF, Font.PLAIN, 14);
    static final Font TICK = new Font(Font.SANS_SERIF, Font.PLAIN, 12);

    private static final int[] SERIES = {0x0F7F83, 0xC77700, 0x5B55C9, 0xC23A66, 0x4C8A35, 0x6B7280};

    static final int NUM_SERIES = SERIES.length;

    private PlotStyle() {}

    /**
     * Checks that Java can draw text, which on a bare Linux machine it cannot. A long job calls this before it starts
     * rather than failing at its end.
     *
     * @throws IllegalStateException if it cannot, with what to install
     */
    public static void requireFonts() {
        try {
            LABEL.getStringBounds("0", new FontRenderContext(null, true, true));
        } catch (RuntimeException | Error e) {
            // Depending on what is missing Java throws one of several types, a bare Error among them.
            throw new IllegalStateException(
                    "Java finds no font to label plots with; install fontconfig and a font"
                            + " (Debian and Ubuntu: apt-get install fontconfig fonts-dejavu-core)",
                    e);
        }
    }

    /** Returns the colour of the n-th line of a chart; they repeat after six. */
    static Color series(int index) {
        return new Color(SERIES[index % NUM_SERIES]);
    }

    /** Starts a blank image with smooth lines and text. */
    static Graphics2D begin(BufferedImage image) {
        requireFonts();
        Graphics2D g = image.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        g.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        g.setColor(PAPER);
        g.fillRect(0, 0, image.getWidth(), image.getHeight());
        g.setColor(INK);
        return g;
    }

    static void drawRight(Graphics2D g, String text, int right, int baseline) {
        g.drawString(text, right - g.getFontMetrics().stringWidth(text), baseline);
    }

    static void drawCentred(Graphics2D g, String text, int centre, int baseline) {
        g.drawString(text, centre - g.getFontMetrics().stringWidth(text) / 2, baseline);
    }

    /** Encodes an image as PNG. */
    public static byte[] png(BufferedImage image) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        // Given the bare stream, ImageIO would cache in a temporary file and register a shutdown hook to delete it,
        // which
        // is refused once Ctrl-C has been pressed, when pictures of the last steps are still to be made.
        try (ImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            if (!ImageIO.write(image, "png", out)) {
                throw new IllegalStateException("this JDK has no PNG encoder (module java.desktop is incomplete)");
            }
        } catch (IOException e) {
            throw new UncheckedIOException("encoding a PNG in memory failed", e);
        }
        return bytes.toByteArray();
    }
}
