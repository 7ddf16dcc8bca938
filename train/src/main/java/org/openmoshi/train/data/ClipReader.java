package org.openmoshi.train.data;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.openmoshi.train.audio.Audio;
import org.openmoshi.train.audio.AudioException;
import org.openmoshi.train.audio.AudioFile;
import org.openmoshi.train.audio.AudioInfo;
import org.openmoshi.train.audio.Resampler;

/**
 * Cuts mono windows at one sample rate out of files. Short files, and those that can only be decoded from their start,
 * are decoded and resampled once and kept while the cache has room (least recently used go first); of long WAV and AIFF
 * files only the window is read. Both ways give the same bits. Safe for use by several threads.
 */
final class ClipReader {

    /** Seekable files longer than this (seconds) are read in place. */
    private static final double LONG_SEEKABLE = 60;

    /** Compressed files longer than this (seconds) are decoded one at a time, since each takes much memory. */
    private static final double LONG_COMPRESSED = 600;

    private final int sampleRate;
    private final long cacheBytes;
    private final Map<Path, AudioInfo> infos = new ConcurrentHashMap<>();
    private final Map<Path, float[]> cache = new LinkedHashMap<>(16, 0.75f, true); // guarded by itself
    private final Object longDecoding = new Object();
    private long cachedBytes; // guarded by cache

    ClipReader(int sampleRate, long cacheBytes) {
        this.sampleRate = sampleRate;
        this.cacheBytes = cacheBytes;
    }

    /**
     * Writes the window that starts at {@code position} (0 = the first possible start, 1 = the last) to {@code
     * out[offset]}; a file shorter than the window is followed by zeros.
     *
     * @return what was cut
     */
    BatchLoader.Cut read(Path file, double position, float[] out, int offset, int length) throws AudioException {
        AudioInfo info = infos.get(file);
        if (info == null) {
            info = AudioFile.probe(file);
            infos.put(file, info);
        }
        Resampler resampler = Resampler.of(info.sampleRate(), sampleRate);
        long available = resampler.outputLength(info.length());
        long start = (long) (position * (Math.max(0, available - length) + 1));
        int count = (int) Math.min(length, available);
        if (info.seekable() && info.duration() > LONG_SEEKABLE) {
            long first = Math.max(0, resampler.firstInput(start));
            long end = Math.min(info.length(), resampler.endInput(start + count - 1));
            Audio part = AudioFile.readWindow(file, first, Math.toIntExact(end - first));
            resampler.resample(part.mixDown(), first, out, offset, start, count);
        } else {
            float[] samples = decoded(file, info);
            if (samples.length != available) {
                throw new AudioException(file, "changed while it was in use", "start the run again");
            }
            System.arraycopy(samples, (int) start, out, offset, count);
        }
        Arrays.fill(out, offset + count, offset + length, 0);
        return new BatchLoader.Cut(file, start, count);
    }

    private float[] decoded(Path file, AudioInfo info) throws AudioException {
        float[] samples = cached(file);
        if (samples != null) {
            return samples;
        }
        if (info.duration() <= LONG_COMPRESSED) {
            return decode(file);
        }
        synchronized (longDecoding) {
            samples = cached(file);
            return samples != null ? samples : decode(file);
        }
    }

    private float[] decode(Path file) throws AudioException {
        float[] samples = AudioFile.read(file).toMono(sampleRate).channels()[0];
        synchronized (cache) {
            float[] other = cache.put(file, samples);
            cachedBytes += 4L * (samples.length - (other == null ? 0 : other.length));
            // The file at hand stays, even alone above the limit: else every window of it would decode it all.
            Iterator<float[]> eldest = cache.values().iterator();
            while (cachedBytes > cacheBytes && cache.size() > 1) {
                cachedBytes -= 4L * eldest.next().length;
                eldest.remove();
            }
        }
        return samples;
    }

    private float @Nullable [] cached(Path file) {
        synchronized (cache) {
            return cache.get(file);
        }
    }
}
