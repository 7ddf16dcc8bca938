package org.openmoshi.models.checkpoint;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;

/** Another source under other names, for a layout that calls the same tensors differently. */
public final class RenamedTensors implements TensorSource {
    private final TensorSource source;
    private final Map<String, String> stored = new LinkedHashMap<>();

    /** How a name of the source is called here. */
    @FunctionalInterface
    public interface Naming {
        /** The new name; one that is not known stays as it is, to be reported as unexpected. */
        String rename(String name);
    }

    /**
     * Renames all tensors of a source.
     *
     * @throws CheckpointException when two would have the same name
     */
    public RenamedTensors(TensorSource source, Naming naming) throws CheckpointException {
        this.source = source;
        for (String name : source.names()) {
            String other = stored.put(naming.rename(name), name);
            if (other != null) {
                throw new CheckpointException(
                        source.file() + ": '" + other + "' and '" + name + "' name the same tensor, remove one");
            }
        }
    }

    @Override
    public Path file() {
        return source.file();
    }

    @Override
    public Set<String> names() {
        return Collections.unmodifiableSet(stored.keySet());
    }

    @Override
    public boolean contains(String name) {
        return stored.containsKey(name);
    }

    @Override
    public Shape shape(String name) throws CheckpointException {
        return source.shape(original(name));
    }

    @Override
    public Tensor load(String name, DType dtype) throws CheckpointException {
        return source.load(original(name), dtype);
    }

    private String original(String name) {
        return stored.getOrDefault(name, name);
    }
}
