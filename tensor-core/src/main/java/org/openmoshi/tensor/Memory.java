package org.openmoshi.tensor;

import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/**
 * Accounts for the memory of live tensors over all backends. With the system property {@code openmoshi.memory.trace} (or
 * {@link #trace}) every allocation remembers the line that made it, and {@link #report} lists live bytes by line.
 */
public final class Memory {
    private static final AtomicLong LIVE_BYTES = new AtomicLong();
    private static final AtomicLong LIVE_STORAGES = new AtomicLong();
    private static final AtomicLong PEAK_BYTES = new AtomicLong();
    private static final Map<Storage, String> SITES = new ConcurrentHashMap<>();
    private static volatile boolean tracing = Boolean.getBoolean("openmoshi.memory.trace");

    private Memory() {}

    /** Bytes of all live storages, as asked for (the allocator's rounding and cache are not in it). */
    public static long liveBytes() {
        return LIVE_BYTES.get();
    }

    /** Number of live storages. */
    public static long liveStorages() {
        return LIVE_STORAGES.get();
    }

    /** Highest {@link #liveBytes} since the start or the last {@link #resetPeak}. */
    public static long peakBytes() {
        return PEAK_BYTES.get();
    }

    /** Starts a new peak measurement. */
    public static void resetPeak() {
        PEAK_BYTES.set(LIVE_BYTES.get());
    }

    /** Switches the recording of allocation sites on or off for what is allocated from now on. */
    public static void trace(boolean on) {
        tracing = on;
    }

    /** True while allocation sites are recorded. */
    public static boolean isTracing() {
        return tracing;
    }

    /** Live bytes by allocation site, largest first; says how to switch tracing on when it is off. */
    public static String report() {
        StringBuilder text = new StringBuilder();
        text.append(
                String.format("%,d bytes live in %,d storages (peak %,d)%n", liveBytes(), liveStorages(), peakBytes()));
        if (!tracing) {
            return text.append("start with -Dopenmoshi.memory.trace=true to see where they were made\n")
                    .toString();
        }
        Map<String, long[]> bySite = new TreeMap<>();
        SITES.forEach((storage, site) -> {
            long[] sum = bySite.computeIfAbsent(site, key -> new long[2]);
            sum[0]++;
            sum[1] += storage.byteSize();
        });
        text.append(bySite.entrySet().stream()
                .sorted(Comparator.comparingLong((Map.Entry<String, long[]> e) -> -e.getValue()[1]))
                .map(e -> String.format("%,14d bytes in %5d  %s", e.getValue()[1], e.getValue()[0], e.getKey()))
                .collect(Collectors.joining("\n", "", "\n")));
        return text.toString();
    }

    static void allocated(Storage storage) {
        LIVE_STORAGES.incrementAndGet();
        long live = LIVE_BYTES.addAndGet(storage.byteSize());
        if (live > PEAK_BYTES.get()) {
            PEAK_BYTES.accumulateAndGet(live, Math::max);
        }
        if (tracing) {
            SITES.put(storage, site());
        }
    }

    static void released(Storage storage) {
        LIVE_STORAGES.decrementAndGet();
        LIVE_BYTES.addAndGet(-storage.byteSize());
        if (!SITES.isEmpty()) {
            SITES.remove(storage);
        }
    }

    private static String site() {
        return StackWalker.getInstance()
                .walk(frames -> frames.filter(frame -> !frame.getClassName().startsWith("org.openmoshi.tensor.")
                                || frame.getClassName().endsWith("Test"))
                        .findFirst()
                        .map(StackWalker.StackFrame::toString)
                        .orElse("(engine)"));
    }
}
