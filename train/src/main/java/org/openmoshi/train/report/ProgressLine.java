package org.openmoshi.train.report;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * The one line that follows a training run: step, rate, audio seconds per second, time left (once the rate has settled),
 * losses. On a terminal it rewrites itself in place, at most four times a second; elsewhere (a file, a pipe) it prints a
 * new line now and then.
 *
 * <p>Bars of plain counts (reading a folder, downloading) use the progress bar library; this one exists because losses
 * belong in the line and no thread of its own should stand beside the training loop. Not thread-safe.
 */
public final class ProgressLine implements AutoCloseable {
    private static final Duration TERMINAL_INTERVAL = Duration.ofMillis(250);
    private static final Duration LOG_INTERVAL = Duration.ofSeconds(15);
    // One character less than the usual width: a full last column would wrap on some terminals.
    private static final int DEFAULT_WIDTH = 99;
    private static final double RATE_SMOOTHING = 0.9;
    /** The first steps run before their code is compiled: what they promise would be hours too long. */
    private static final Duration WARM_UP = Duration.ofSeconds(20);

    private final PrintStream out;
    private final boolean inPlace;
    private final int width;
    private final long totalSteps;
    private final LongSupplier nanoTime;
    private final long intervalNanos;

    private boolean started;
    private long lastStep;
    private long lastNanos;
    private long lastShownNanos;
    private long firstStepNanos;
    private double stepsPerSecond = Double.NaN;
    private double audioPerSecond = Double.NaN;
    private String shown = "";
    private String pending = "";

    ProgressLine(
            PrintStream out, boolean inPlace, int width, long totalSteps, Duration interval, LongSupplier nanoTime) {
        this.out = out;
        this.inPlace = inPlace;
        this.width = width;
        this.totalSteps = totalSteps;
        this.intervalNanos = interval.toNanos();
        this.nanoTime = nanoTime;
    }

    /**
     * Returns a line on the given stream: in place if the process is attached to a terminal, otherwise a new line every
     * 15 seconds.
     *
     * @param totalSteps the step at which training ends
     */
    public static ProgressLine of(PrintStream out, long totalSteps) {
        boolean terminal = System.console() != null && System.console().isTerminal();
        return new ProgressLine(
                out,
                terminal,
                terminalWidth(System.getenv("COLUMNS")),
                totalSteps,
                terminal ? TERMINAL_INTERVAL : LOG_INTERVAL,
                System::nanoTime);
    }

    private static int terminalWidth(String columns) {
        return columns != null && columns.matches("[1-9][0-9]{1,3}") ? Integer.parseInt(columns) - 1 : DEFAULT_WIDTH;
    }

    /**
     * Starts the clock.
     *
     * @param step steps that are done already: 0, or the step of the checkpoint of a resumed run
     */
    public void start(long step) {
        started = true;
        lastStep = step;
        lastNanos = nanoTime.getAsLong();
        lastShownNanos = lastNanos;
    }

    /**
     * Tells that training reached a step, and shows it if it is time to.
     *
     * @param step steps done
     * @param audioSeconds seconds of audio that the steps since the last call took in
     * @param losses what to show, by name, in the order of the map
     * @throws IllegalStateException if {@link #start} was not called
     */
    public void update(long step, double audioSeconds, Map<String, Double> losses) {
        if (!started) {
            throw new IllegalStateException("progress line: start(step) must come before update");
        }
        long now = nanoTime.getAsLong();
        double seconds = Math.max(1e-9, (now - lastNanos) / 1e9);
        if (step > lastStep) {
            if (Double.isNaN(stepsPerSecond)) {
                firstStepNanos = now;
            }
            // Rates are averaged rather than times: a validation now and then would otherwise swing the time left for
            // long. The steps of the warm-up stay out of the average.
            stepsPerSecond = smooth(stepsPerSecond, (step - lastStep) / seconds);
            audioPerSecond = smooth(audioPerSecond, audioSeconds / seconds);
        }
        lastStep = step;
        lastNanos = now;
        pending = format(step, losses);
        if (now - lastShownNanos >= intervalNanos || step >= totalSteps) {
            show(now);
        }
    }

    /** Whether the last step ended within the warm-up. */
    private boolean isWarmingUp() {
        return Double.isNaN(stepsPerSecond) || lastNanos - firstStepNanos < WARM_UP.toNanos();
    }

    private double smooth(double average, double value) {
        return isWarmingUp() ? value : RATE_SMOOTHING * average + (1 - RATE_SMOOTHING) * value;
    }

    private String format(long step, Map<String, Double> losses) {
        StringBuilder line = new StringBuilder();
        long percent = totalSteps > 0 ? 100 * step / totalSteps : 100;
        line.append(String.format(Locale.ROOT, "step %d/%d %d%%", step, totalSteps, percent));
        if (!Double.isNaN(stepsPerSecond)) {
            line.append(String.format(Locale.ROOT, "  %.2f steps/s", stepsPerSecond));
            line.append(String.format(Locale.ROOT, "  %.1f s audio/s", audioPerSecond));
            if (!isWarmingUp()) {
                long left = Math.round(Math.max(0, totalSteps - step) / stepsPerSecond);
                line.append("  ").append(formatDuration(left)).append(" left");
            }
        }
        losses.forEach(
                (name, value) -> line.append("  ").append(name).append(' ').append(formatLoss(value)));
        return line.toString();
    }

    private static String formatLoss(double value) {
        boolean plain = value == 0 || Math.abs(value) >= 1e-3 && Math.abs(value) < 1e5;
        return String.format(Locale.ROOT, plain ? "%.4g" : "%.2e", value);
    }

    /** Formats whole seconds as 0:07, 12:34 or 3:25:07. */
    static String formatDuration(long seconds) {
        long minutes = seconds / 60;
        if (minutes < 60) {
            return String.format(Locale.ROOT, "%d:%02d", minutes, seconds % 60);
        }
        return String.format(Locale.ROOT, "%d:%02d:%02d", minutes / 60, minutes % 60, seconds % 60);
    }

    private void show(long now) {
        lastShownNanos = now;
        if (!inPlace) {
            out.println(pending);
        } else {
            String line = pending.length() > width ? pending.substring(0, width) : pending;
            out.print("\r" + line + " ".repeat(Math.max(0, shown.length() - line.length())));
            shown = line;
        }
        out.flush();
        pending = "";
    }

    /** Prints a message on a line of its own without tearing the progress line. */
    public void message(String text) {
        if (inPlace && !shown.isEmpty()) {
            out.print("\r" + " ".repeat(shown.length()) + "\r");
        }
        out.println(text);
        if (inPlace) {
            out.print(shown);
        }
        out.flush();
    }

    /** Shows the last update if it was held back, and ends the line. */
    @Override
    public void close() {
        if (!pending.isEmpty()) {
            show(nanoTime.getAsLong());
        }
        if (inPlace && !shown.isEmpty()) {
            out.println();
            shown = "";
        }
        out.flush();
    }
}
