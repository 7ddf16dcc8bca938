package org.openmoshi.train.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.AffineTransform;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.util.Locale;

/** Draws a {@link LineChart} as an image. */
public final class LossPlot {
    private static final int WIDTH = 960;
    private static final int HEIGHT = 480;
    private static final int LEFT = 84;
    private static final int RIGHT = 28;
    private static final int TOP = 78;
    private static final int BOTTOM = 62;
    private static final int RAW_ALPHA = 70;

    private final LineChart chart;
    private final ChartAxes axes;
    private final Graphics2D g;

    private LossPlot(LineChart chart, Graphics2D g) {
        this.chart = chart;
        this.axes = new ChartAxes(chart, LEFT, TOP, WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM);
        this.g = g;
    }

    /**
     * Draws the chart.
     *
     * @param smoothing weight of the past in the exponential average, in [0, 1); above 0 the raw curve stays faintly
     *     visible behind the smooth one
     * @throws IllegalArgumentException if no curve has a value to draw, or the weight is outside
     * @throws IllegalStateException if there is no font
     */
    public static BufferedImage render(LineChart chart, double smoothing) {
        BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = PlotStyle.begin(image);
        LossPlot plot = new LossPlot(chart, g);
        plot.frame();
        plot.curves(smoothing);
        g.dispose();
        return image;
    }

    private void frame() {
        g.setFont(PlotStyle.TITLE);
        g.drawString(chart.title(), LEFT, 30);
        g.setFont(PlotStyle.TICK);
        for (double value : axes.valueTicks()) {
            int y = (int) Math.round(axes.y(value));
            g.setColor(PlotStyle.GRID);
            g.drawLine(LEFT, y, WIDTH - RIGHT, y);
            g.setColor(PlotStyle.FAINT_INK);
            PlotStyle.drawRight(g, ChartAxes.label(value), LEFT - 10, y + 4);
        }
        for (long step : axes.stepTicks()) {
            int x = (int) Math.round(axes.x(step));
            g.drawLine(x, HEIGHT - BOTTOM, x, HEIGHT - BOTTOM + 5);
            PlotStyle.drawCentred(g, String.format(Locale.ROOT, "%,d", step), x, HEIGHT - BOTTOM + 22);
        }
        g.setFont(PlotStyle.LABEL);
        PlotStyle.drawCentred(g, "Step", (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14);
        AffineTransform upright = g.getTransform();
        int middle = (TOP + HEIGHT - BOTTOM) / 2;
        g.rotate(-Math.PI / 2, 24, middle);
        PlotStyle.drawCentred(g, chart.yLabel(), 24, middle);
        g.setTransform(upright);
    }

    private void curves(double smoothing) {
        int legend = LEFT;
        for (int i = 0; i < chart.series().size(); i++) {
            LineChart.Series series = chart.series().get(i).drawable(chart.logScale());
            Color color = PlotStyle.series(i);
            if (smoothing > 0) {
                g.setColor(new Color(color.getRed(), color.getGreen(), color.getBlue(), RAW_ALPHA));
                draw(series, 1.2f);
            }
            g.setColor(color);
            draw(series.smoothed(smoothing), 2.4f);
            g.drawLine(legend, 52, legend + 22, 52);
            g.drawString(series.name(), legend + 30, 57);
            legend += 30 + g.getFontMetrics().stringWidth(series.name()) + 28;
        }
    }

    private void draw(LineChart.Series series, float width) {
        Path2D path = new Path2D.Double();
        for (LineChart.Point point : series.points()) {
            double x = axes.x(point.step());
            double y = axes.y(point.value());
            if (path.getCurrentPoint() == null) {
                path.moveTo(x, y);
            } else {
                path.lineTo(x, y);
            }
        }
        g.setStroke(new BasicStroke(width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
        g.draw(path);
    }
}
