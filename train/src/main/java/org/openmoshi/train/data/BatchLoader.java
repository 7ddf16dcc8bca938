package org.openmoshi.train.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.openmoshi.train.audio.AudioException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decodes batches of random windows ahead of the training step, on threads of its own.
 *
 * <p>Batch {@code i} holds the windows with indices {@code i * batchSize} to {@code (i + 1) * batchSize - 1}: the same
 * samples on every run, whatever the number of threads. A file that turns out to be unreadable is logged once, counted,
 * and replaced by the window's next draw.
 *
 * <p>{@link #next} and {@link #close} belong to one thread.
 */
public final class BatchLoader implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(BatchLoader.class);

    /** Draws until a window is given up: with half of all files unreadable, this never happens by chance. */
    private static final int MAX_ATTEMPTS = 64;

    /** How often a window is drawn again because it is quiet; the next one is taken as it is. */
    private static final int MAX_QUIET = 8;

    /** The level of digital silence. */
    private static final double SILENCE_DB = -200;

    private final Options options;
    private final WindowSampler sampler;
    private final ClipReader reader;
    private final int numClips;
    private final Map<Path, AudioException> failures = new ConcurrentHashMap<>();
    private final ThreadPoolExecutor pool;
    private final Slot[] ring;
    private long nextIndex;
    private volatile boolean closed;

    /**
     * What to load.
     *
     * @param sampleRate target rate in Hz
     * @param windowSamples window length in samples at the target rate
     * @param batchSize windows per batch
     * @param seed of all random choices
     * @param augmentation what is done to the windows
     * @param minLevelDb windows whose mean power is below this, in dB of full scale, are drawn again; -200
     *     takes them all
     * @param threads decoding threads
     * @param prefetch batches decoded ahead of the one in use
     * @param cacheBytes limit for decoded audio that is kept for the next window from the same file
     */
    public record Options(
            int sampleRate,
            int windowSamples,
            int batchSize,
            long seed,
            Augmentation augmentation,
            double minLevelDb,
            int threads,
            int prefetch,
            long cacheBytes) {
        public Options {
            if (sampleRate <= 0 || windowSamples <= 0 || batchSize <= 0 || threads <= 0 || prefetch <= 0) {
                throw new IllegalArgumentException("sample rate, window, batch size, threads and prefetch must be"
                        + " positive, got " + sampleRate + ", " + windowSamples + ", " + batchSize + ", " + threads
                        + " and " + prefetch);
            }
            Math.multiplyExact(batchSize, windowSamples);
        }

        /** No augmentation, two threads, two batches ahead, a quarter of the Java heap for decoded audio. */
        public Options(int sampleRate, int windowSamples, int batchSize, long seed) {
            this(
                    sampleRate,
                    windowSamples,
                    batchSize,
                    seed,
                    Augmentation.NONE,
                    SILENCE_DB,
                    2,
                    2,
                    Runtime.getRuntime().maxMemory() / 4);
        }
    }

    /**
     * A batch on loan: its arrays are overwritten after the next call of {@link BatchLoader#next}.
     *
     * @param index position in the run, which resumes with the index after it
     * @param samples {@code [batchSize * windowSamples]}, one window after the other, with gain
     * @param distorted the same with noise and reverberation too; the same array where there is none
     * @param cuts where each window comes from
     */
    public record Batch(long index, float[] samples, float[] distorted, List<Cut> cuts) {
        /** How many samples of each window come from its file; zeros follow. */
        public int[] lengths() {
            return cuts.stream().mapToInt(Cut::length).toArray();
        }
    }

    /**
     * Where a window comes from.
     *
     * @param file the recording
     * @param start position of the window's first sample in it, at the loader's sample rate
     * @param length samples of the window that come from it
     */
    public record Cut(Path file, long start, int length) {}

    /**
     * Starts decoding.
     *
     * @param clips at least one
     * @param firstBatch index of the batch that {@link #next} returns first
     */
    public BatchLoader(List<Clip> clips, Options options, long firstBatch) {
        this.options = options;
        sampler = new WindowSampler(clips, options.seed);
        reader = new ClipReader(options.sampleRate, options.cacheBytes);
        numClips = clips.size();
        nextIndex = firstBatch;
        AtomicInteger number = new AtomicInteger();
        pool = new ThreadPoolExecutor(
                options.threads, options.threads, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, "openmoshi-data-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        ring = new Slot[options.prefetch + 1];
        for (int i = 0; i < ring.length; i++) {
            ring[i] = new Slot();
        }
        for (int i = 0; i < options.prefetch; i++) {
            slot(firstBatch + i).fill(firstBatch + i);
        }
    }

    /**
     * The next batch; waits until it is decoded. The batch before it is given back. After an exception the loader is
     * closed.
     *
     * @throws DatasetException if no readable file is left
     * @throws IllegalStateException after {@link #close}
     */
    public Batch next() throws IOException, InterruptedException {
        if (closed) {
            throw new IllegalStateException("the batch loader is closed");
        }
        boolean done = false;
        try {
            long ahead = nextIndex + options.prefetch;
            slot(ahead).fill(ahead); // the buffer of the batch returned last
            Batch batch = slot(nextIndex).await();
            nextIndex++;
            done = true;
            return batch;
        } finally {
            if (!done) {
                close();
            }
        }
    }

    /** Files that turned out to be unreadable so far, with the error of each. */
    public Map<Path, AudioException> failures() {
        return Map.copyOf(failures);
    }

    /** Ends all threads; returns once they have. */
    @Override
    public void close() {
        closed = true;
        pool.getQueue().clear();
        pool.close(); // waits for the windows in progress; interrupting them would look like damaged files
    }

    private Slot slot(long batch) {
        return ring[Math.floorMod(batch, ring.length)];
    }

    private Cut load(long index, float[] out, int offset) throws DatasetException {
        int quiet = 0;
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            WindowSampler.Window window = sampler.window(index, attempt);
            Path file = window.clip().path();
            if (failures.containsKey(file)) {
                continue;
            }
            try {
                Cut cut = reader.read(file, window.position(), out, offset, options.windowSamples);
                if (quiet < MAX_QUIET && level(out, offset, cut.length()) < options.minLevelDb) {
                    quiet++;
                    continue;
                }
                options.augmentation.gain().apply(window.gain(), out, offset, options.windowSamples);
                return cut;
            } catch (AudioException e) {
                if (failures.putIfAbsent(file, e) == null) {
                    LOG.warn("Skipped from now on: {}", e.getMessage());
                }
            }
        }
        throw new DatasetException(failures.size() + " of " + numClips
                + " audio files have become unreadable and " + MAX_ATTEMPTS
                + " draws found no other: check the data folder and resume. One of the errors: "
                + failures.values().iterator().next().getMessage());
    }

    /** Mean power in dB of full scale. */
    private static double level(float[] samples, int offset, int length) {
        double sum = 0;
        for (int i = offset; i < offset + length; i++) {
            sum += (double) samples[i] * samples[i];
        }
        return Math.max(SILENCE_DB, 10 * Math.log10(sum / length));
    }

    /** One buffer of the ring with the tasks that fill it, made once. */
    private final class Slot {

        private final float[] samples = new float[options.batchSize * options.windowSamples];
        private final float[] distorted = options.augmentation.distorts() ? new float[samples.length] : samples;
        private final Cut[] cuts = new Cut[options.batchSize];
        private final Runnable[] tasks = new Runnable[options.batchSize];
        private long batch; // written before the tasks are queued
        private int pending; // guarded by this
        private @Nullable Throwable failure; // guarded by this

        Slot() {
            for (int i = 0; i < tasks.length; i++) {
                int row = i;
                tasks[i] = () -> run(row);
            }
        }

        void fill(long index) {
            synchronized (this) {
                batch = index;
                pending = tasks.length;
                failure = null;
            }
            for (Runnable task : tasks) {
                pool.execute(task);
            }
        }

        private void run(int row) {
            Throwable thrown = null;
            try {
                if (!closed) {
                    fill(row);
                }
            } catch (IOException | RuntimeException | Error e) {
                thrown = e; // for the thread that waits
            }
            synchronized (this) {
                failure = failure == null ? thrown : failure;
                pending--;
                notifyAll();
            }
        }

        private void fill(int row) throws DatasetException {
            long index = batch * options.batchSize + row;
            int offset = row * options.windowSamples;
            cuts[row] = load(index, samples, offset);
            if (options.augmentation.distorts()) {
                System.arraycopy(samples, offset, distorted, offset, options.windowSamples);
                options.augmentation.distort(
                        options.seed, index, distorted, offset, cuts[row].length(), options.sampleRate);
            }
        }

        synchronized Batch await() throws IOException, InterruptedException {
            while (pending > 0) {
                wait();
            }
            return switch (failure) {
                case null -> new Batch(batch, samples, distorted, List.of(cuts));
                case IOException e -> throw e;
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                default -> throw new IllegalStateException(failure);
            };
        }
    }
}
