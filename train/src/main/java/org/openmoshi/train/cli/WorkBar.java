package org.openmoshi.train.cli;

import java.util.function.DoubleConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** A bar for work that may take long: it appears, on a terminal only, once a few seconds have passed. */
final class WorkBar implements DoubleConsumer, AutoCloseable {
    private static final long PATIENCE_NANOS = 2_000_000_000L;
    private static final int PERCENT = 100;

    private final String task;
    private final long start = System.nanoTime();
    private final boolean terminal =
            System.console() != null && System.console().isTerminal();
    private @Nullable ProgressBar bar;

    /** A bar that is not shown yet. */
    WorkBar(String task) {
        this.task = task;
    }

    /** Tells the share of the work that is done, 0 to 1. */
    @Override
    public void accept(double share) {
        if (bar == null && terminal && share < 1 && System.nanoTime() - start > PATIENCE_NANOS) {
            bar = new ProgressBarBuilder()
                    .setTaskName(task)
                    .setInitialMax(PERCENT)
                    .setStyle(ProgressBarStyle.ASCII)
                    .build();
        }
        if (bar != null) {
            bar.stepTo(Math.round(PERCENT * share));
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
