package org.openmoshi.train.distill;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.openmoshi.models.checkpoint.CheckpointException;
import org.openmoshi.models.checkpoint.SafetensorsFile;
import org.openmoshi.models.checkpoint.SafetensorsWriter;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.train.audio.AudioFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A teacher's features of whole files, computed once and kept on disk: a safetensors file of {@code features} [frames,
 * width] each, whose name and metadata are the digest of the teacher's identity and the recording's bytes, so that a
 * renamed file is known and a changed one is not. An entry that is damaged, by its own checksum, is computed again and
 * counted. The last ones used stay in memory. Belongs to one thread.
 */
final class FeatureCache {
    private static final Logger LOG = LoggerFactory.getLogger(FeatureCache.class);
    private static final String TENSOR = "features";
    private static final String KEY = "key";
    private static final String CHECKSUM = "sha256";

    private final Path folder;
    private final Teacher teacher;
    private final long memoryBytes;
    private final Map<Path, String> keys = new HashMap<>();
    private final Map<Path, float[]> recent = new LinkedHashMap<>(16, 0.75f, true);
    private long recentBytes;
    private int computed;
    private int read;
    private int damaged;

    /**
     * A cache in a folder, which is created.
     *
     * @param memoryBytes limit for features in memory
     */
    FeatureCache(Path folder, Teacher teacher, long memoryBytes) throws IOException {
        this.folder = folder;
        this.teacher = teacher;
        this.memoryBytes = memoryBytes;
        Files.createDirectories(folder);
    }

    /**
     * Features of an audio file: [frames * width].
     *
     * @throws org.openmoshi.train.audio.AudioException when it cannot be read
     * @throws CheckpointException when an entry cannot be written
     */
    float[] features(Path audio) throws IOException {
        float[] features = recent.get(audio);
        if (features == null) {
            features = load(audio);
            remember(audio, features);
        }
        return features;
    }

    private float[] load(Path audio) throws IOException {
        String key = keys.get(audio);
        if (key == null) {
            key = Digests.ofText(teacher.identity() + "\n" + Digests.ofFile(audio));
            keys.put(audio, key);
        }
        Path entry = entry(key);
        if (Files.exists(entry)) {
            float[] stored = read(entry, key);
            if (stored != null) {
                read++;
                return stored;
            }
            damaged++;
        } else {
            computed++;
        }
        float[] features = teacher.features(
                AudioFile.read(audio).toMono(Teacher.SAMPLE_RATE).mixDown());
        write(entry, key, features);
        return features;
    }

    private Path entry(String key) {
        return folder.resolve(key.substring(0, 2)).resolve(key + ".safetensors");
    }

    /** What is stored, or null, with a warning, when it is not what was written. */
    private float @Nullable [] read(Path entry, String key) {
        try (SafetensorsFile file = SafetensorsFile.open(entry);
                Scope _ = Scope.open()) {
            if (key.equals(file.metadata().get(KEY))
                    && file.contains(TENSOR)
                    && file.dtype(TENSOR) == DType.F32
                    && file.shape(TENSOR).rank() == 2
                    && file.shape(TENSOR).dim(1) == teacher.width()) {
                float[] features = file.load(TENSOR).toFloats();
                if (Digests.ofFloats(features).equals(file.metadata().get(CHECKSUM))) {
                    return features;
                }
            }
            LOG.warn("Feature cache entry {} is damaged: computed again", entry);
        } catch (CheckpointException e) {
            LOG.warn("Feature cache entry is damaged, computed again: {}", e.getMessage());
        }
        return null;
    }

    private void write(Path entry, String key, float[] features) throws IOException {
        try (Scope _ = Scope.open()) {
            Files.createDirectories(entry.getParent());
            int width = teacher.width();
            SafetensorsWriter.write(
                    entry,
                    Map.of(TENSOR, Tensor.of(features, features.length / width, width)),
                    Map.of(KEY, key, CHECKSUM, Digests.ofFloats(features)));
        } catch (IOException e) {
            throw new CheckpointException(
                    "the feature cache cannot be written: " + e.getMessage()
                            + ". Make room in " + folder + " and resume, or start a run with another"
                            + " distillation.cache or with distillation.teacher=none",
                    e);
        }
    }

    private void remember(Path audio, float[] features) {
        recent.put(audio, features);
        recentBytes += (long) Float.BYTES * features.length;
        Iterator<float[]> eldest = recent.values().iterator();
        while (recentBytes > memoryBytes && recent.size() > 1) {
            recentBytes -= (long) Float.BYTES * eldest.next().length;
            eldest.remove();
        }
    }

    /** Entries that were not there and computed. */
    int computed() {
        return computed;
    }

    /** Entries that were read. */
    int read() {
        return read;
    }

    /** Entries that were damaged and computed again. */
    int damaged() {
        return damaged;
    }
}
