package org.openmoshi.train.distill;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.train.audio.AudioException;
import org.openmoshi.train.data.BatchLoader.Cut;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gives for each batch what the teacher says about it. Belongs to one thread. */
public final class Guidance implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Guidance.class);

    /** Of the Java heap, for features in memory. */
    private static final int HEAP_SHARE = 8;

    private final Teacher teacher;
    private final FeatureCache cache;
    private final FramePooling pooling;
    private final Set<Path> unreadable = new HashSet<>();

    /**
     * What the first codebook shall predict.
     *
     * @param features [B, frames, width]
     * @param weights [B, frames]: 1, or 0 for a frame of which there are no features
     */
    public record Target(Tensor features, Tensor weights) {}

    private Guidance(Teacher teacher, FeatureCache cache, FramePooling pooling) {
        this.teacher = teacher;
        this.cache = cache;
        this.pooling = pooling;
    }

    /**
     * Opens the teacher of a configuration that has one, and says which it is in the log.
     *
     * @param run the run's folder, where features are kept if the configuration names no other
     * @param sampleRate of the codec, Hz
     * @param frameSize samples of a codec frame
     */
    public static Guidance open(DistillationConfig config, Path run, int sampleRate, int frameSize) throws IOException {
        Teacher teacher = Teacher.open(config);
        boolean opened = false;
        try {
            Path folder = config.cache().isEmpty() ? run.resolve("features") : Path.of(config.cache());
            FeatureCache cache =
                    new FeatureCache(folder, teacher, Runtime.getRuntime().maxMemory() / HEAP_SHARE);
            LOG.info(
                    "Semantic guidance by {}: {} features, weight {}, kept in {}",
                    teacher.identity(),
                    teacher.width(),
                    config.weight(),
                    folder);
            opened = true;
            return new Guidance(teacher, cache, new FramePooling(sampleRate, frameSize));
        } finally {
            if (!opened) {
                teacher.close();
            }
        }
    }

    /** Numbers per frame. */
    public int width() {
        return teacher.width();
    }

    /**
     * The features of a batch, in the current scope. A recording that can no longer be read is left out of the loss
     * and reported once.
     *
     * @param cuts where each window was cut
     * @param frames codec frames per window
     */
    public Target target(List<Cut> cuts, int frames) throws IOException {
        int width = teacher.width();
        float[] features = new float[cuts.size() * frames * width];
        float[] weights = new float[cuts.size() * frames];
        for (int i = 0; i < cuts.size(); i++) {
            Cut cut = cuts.get(i);
            float[] file = features(cut.file());
            pooling.pool(file, width, cut.start(), frames, features, i * frames * width, weights, i * frames);
        }
        return new Target(Tensor.of(features, cuts.size(), frames, width), Tensor.of(weights, cuts.size(), frames));
    }

    private float[] features(Path audio) throws IOException {
        if (unreadable.contains(audio)) {
            return new float[0];
        }
        try {
            return cache.features(audio);
        } catch (AudioException | NoSuchFileException e) {
            unreadable.add(audio);
            LOG.warn("No features, left out of the semantic guidance from now on: {}", e.getMessage());
            return new float[0];
        }
    }

    /** One line: where the features came from. */
    public String summary() {
        return String.format(
                Locale.ROOT,
                "features of %d files computed, of %d read from the cache, of %d damaged there and computed again",
                cache.computed(),
                cache.read(),
                cache.damaged());
    }

    /** Says in the log where the features came from, and frees the teacher. */
    @Override
    public void close() {
        LOG.info("Semantic guidance: {}", summary());
        teacher.close();
    }
}
