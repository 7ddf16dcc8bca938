package org.openmoshi.tensor.cpu;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The fixed thread pool under every CPU kernel.
 *
 * <p>{@link #run} executes {@code body.accept(0) .. body.accept(tasks - 1)}; the calling thread takes part. Tasks are
 * claimed in index order by whichever thread is free, so a kernel whose tasks write disjoint outputs and never look at
 * the number of threads produces the same bits under every schedule and every thread count.
 *
 * <p>The number of threads comes from the system property {@code openmoshi.threads} and is the number of available
 * processors by default; 1 runs everything in the caller. A call from inside a task, and a call made while another
 * thread's call holds the pool, run in the calling thread.
 */
public final class Parallel {
    /** System property that fixes the number of threads. */
    public static final String THREADS_PROPERTY = "openmoshi.threads";

    private static final VarHandle TICKET;

    static {
        try {
            TICKET = MethodHandles.lookup().findVarHandle(Parallel.class, "ticket", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    // About 20 microseconds: longer than the gap between two kernels of one step, short enough that an idle pool does
    // not take a core from the rest of the machine.
    private static final int SPINS = 1000;

    private static final IntConsumer IDLE = task -> {};

    private static final ReentrantLock RESIZE = new ReentrantLock();
    private static volatile Parallel pool = new Parallel(configuredThreads());

    private final ReentrantLock region = new ReentrantLock();
    private final Worker[] workers;
    private volatile boolean stopped;

    // High half: generation of the region; low half: tasks not yet claimed. A claim is one compare-and-set on the whole
    // word, so a thread that is late for one region cannot take a task of the next one.
    @SuppressWarnings("unused") // accessed through TICKET
    private volatile long ticket;

    // Both are written before the ticket of their region is published and stay until its last task has finished, so
    // whoever holds a claim reads the right ones.
    private IntConsumer body = IDLE;
    private int tasks;

    private final AtomicInteger finished = new AtomicInteger();
    private volatile @Nullable Thread waiter;
    private volatile @Nullable Throwable failure;

    private Parallel(int threads) {
        workers = new Worker[threads - 1];
        for (int i = 0; i < workers.length; i++) {
            workers[i] = new Worker(this, i + 1);
        }
        for (Worker worker : workers) {
            worker.start();
        }
    }

    /** Number of threads that share the work, the caller included. */
    public static int threads() {
        return pool.workers.length + 1;
    }

    /**
     * Replaces the pool. Meant for tests and benchmarks; waits for a running call to end.
     *
     * @throws IllegalArgumentException if {@code threads} is less than 1
     * @throws IllegalStateException if called from inside a task
     */
    public static void setThreads(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("number of threads must be at least 1, got " + threads);
        }
        RESIZE.lock();
        try {
            Parallel old = pool;
            if (old.isInside()) {
                throw new IllegalStateException("the number of threads cannot change inside a parallel task");
            }
            old.region.lock();
            try {
                if (old.workers.length + 1 == threads) {
                    return;
                }
                pool = new Parallel(threads);
                old.stopped = true;
                for (Worker worker : old.workers) {
                    LockSupport.unpark(worker);
                }
            } finally {
                old.region.unlock();
            }
        } finally {
            RESIZE.unlock();
        }
    }

    /**
     * Runs {@code body} for every index in {@code [0, tasks)} and returns when all have finished. What the tasks wrote
     * is visible to the caller. If tasks throw, one of the exceptions is rethrown and tasks not yet begun are skipped.
     */
    public static void run(int tasks, IntConsumer body) {
        Parallel current = pool;
        if (tasks <= 1 || current.workers.length == 0 || current.isInside() || !current.region.tryLock()) {
            for (int i = 0; i < tasks; i++) {
                body.accept(i);
            }
            return;
        }
        try {
            current.runRegion(tasks, body);
        } finally {
            current.region.unlock();
        }
    }

    private static int configuredThreads() {
        String text = System.getProperty(THREADS_PROPERTY);
        if (text == null) {
            return Runtime.getRuntime().availableProcessors();
        }
        try {
            int threads = Integer.parseInt(text.strip());
            if (threads >= 1) {
                return threads;
            }
        } catch (NumberFormatException e) {
            // falls through to the one message for every bad value
        }
        throw new IllegalArgumentException(
                "system property " + THREADS_PROPERTY + " must be a positive whole number, got \"" + text + "\"");
    }

    private boolean isInside() {
        return region.isHeldByCurrentThread() || Thread.currentThread() instanceof Worker;
    }

    private void runRegion(int tasks, IntConsumer body) {
        this.body = body;
        this.tasks = tasks;
        finished.set(0);
        long generation = (ticket >>> 32) + 1;
        ticket = generation << 32 | tasks;
        int helpers = Math.min(workers.length, tasks - 1);
        for (int i = 0; i < helpers; i++) {
            if (workers[i].parked) {
                LockSupport.unpark(workers[i]);
            }
        }
        work((int) generation);
        awaitFinished(tasks);
        this.body = IDLE;
        Throwable thrown = failure;
        failure = null;
        if (thrown instanceof Error error) {
            throw error;
        }
        if (thrown != null) {
            throw (RuntimeException) thrown;
        }
    }

    private void awaitFinished(int tasks) {
        for (int spin = 0; spin < SPINS; spin++) {
            if (finished.get() == tasks) {
                return;
            }
            Thread.onSpinWait();
        }
        waiter = Thread.currentThread();
        boolean interrupted = false;
        while (finished.get() != tasks) {
            LockSupport.park(this);
            interrupted |= Thread.interrupted();
        }
        waiter = null;
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Claims and runs tasks of the given region until none is left. */
    private void work(int generation) {
        while (true) {
            long current = ticket;
            int unclaimed = (int) current;
            if ((int) (current >>> 32) != generation || unclaimed == 0) {
                return;
            }
            if (!TICKET.compareAndSet(this, current, current - 1)) {
                Thread.onSpinWait();
                continue;
            }
            int tasks = this.tasks;
            try {
                if (failure == null) {
                    body.accept(tasks - unclaimed);
                }
            } catch (RuntimeException | Error e) {
                failure = e;
            } finally {
                if (finished.incrementAndGet() == tasks) {
                    LockSupport.unpark(waiter);
                }
            }
        }
    }

    private static final class Worker extends Thread {
        private final Parallel owner;
        private volatile boolean parked;

        Worker(Parallel owner, int index) {
            super("openmoshi-cpu-" + index);
            this.owner = owner;
            setDaemon(true);
        }

        @Override
        public void run() {
            int seen = 0;
            while (!owner.stopped) {
                int generation = awaitChange(seen);
                if (generation != seen) {
                    seen = generation;
                    owner.work(generation);
                }
            }
        }

        private int awaitChange(int seen) {
            for (int spin = 0; spin < SPINS; spin++) {
                int generation = (int) (owner.ticket >>> 32);
                if (generation != seen) {
                    return generation;
                }
                Thread.onSpinWait();
            }
            parked = true;
            if ((int) (owner.ticket >>> 32) == seen && !owner.stopped) {
                LockSupport.park(owner);
            }
            parked = false;
            return (int) (owner.ticket >>> 32);
        }
    }
}
