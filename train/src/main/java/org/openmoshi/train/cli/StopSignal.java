package org.openmoshi.train.cli;

import java.util.concurrent.CountDownLatch;

/**
 * Takes Ctrl-C (and SIGTERM) as a request: as long as this is open, the program is asked to stop and gets the time to
 * end as it does otherwise, with its messages.
 */
final class StopSignal implements AutoCloseable {
    private static final CountDownLatch PROGRAM_ENDED = new CountDownLatch(1);

    private final Thread hook;

    /** Calls {@code stop}, on another thread, when the signal comes. */
    StopSignal(Runnable stop) {
        hook = new Thread(() -> {
            stop.run();
            try {
                // not for the main thread to end: it will wait inside of System.exit for the hooks to end
                PROGRAM_ENDED.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        try {
            Runtime.getRuntime().addShutdownHook(hook);
        } catch (IllegalStateException alreadyExiting) {
            stop.run(); // the signal came before
        }
    }

    /** Called by the main thread when nothing is left but to exit. */
    static void programEnded() {
        PROGRAM_ENDED.countDown();
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException alreadyExiting) {
            // the hook is what keeps the program alive until it has ended in order
        }
    }
}
