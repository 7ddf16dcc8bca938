package org.openmoshi.models.moshi;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.openmoshi.models.checkpoint.CheckpointException;
import org.openmoshi.models.checkpoint.TensorSource;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;

/**
 * A checkpoint of Kyutai's first form, in which the projections of all steps' weights lie behind each other in one tensor
 * ({@code in_proj_weight}, {@code out_proj.weight}), by the names of today ({@code in_projs.0.weight} and so on). One of
 * today's form stays as it is.
 */
public final class FusedProjections implements TensorSource {
    private final TensorSource source;
    private final Map<String, Part> parts = new LinkedHashMap<>();

    /** Part {@code index} of {@code count} equal parts of a stored tensor's rows. */
    private record Part(String stored, int index, int count) {}

    /** Reads a source as a model of this configuration takes it. */
    public FusedProjections(TensorSource source, MoshiConfig config) {
        this.source = source;
        int sets = config.depthSchedule().stream().mapToInt(i -> i + 1).max().orElse(1);
        for (String name : source.names()) {
            int count = name.startsWith("depformer.") ? sets : 1;
            boolean in = name.endsWith(".in_proj_weight");
            if (in || name.endsWith(".out_proj.weight")) {
                String layer = name.substring(0, name.length() - (in ? "in_proj_weight" : "out_proj.weight").length());
                for (int i = 0; i < count; i++) {
                    parts.put(layer + (in ? "in_projs." : "out_projs.") + i + ".weight", new Part(name, i, count));
                }
            } else {
                parts.put(name, new Part(name, 0, 1));
            }
        }
    }

    @Override
    public Path file() {
        return source.file();
    }

    @Override
    public Set<String> names() {
        return parts.keySet();
    }

    @Override
    public boolean contains(String name) {
        return parts.containsKey(name);
    }

    @Override
    public Shape shape(String name) throws CheckpointException {
        Part part = part(name);
        Shape whole = source.shape(part.stored());
        return part.count() == 1 ? whole : whole.with(0, whole.dim(0) / part.count());
    }

    @Override
    public Tensor load(String name, DType dtype) throws CheckpointException {
        Part part = part(name);
        if (part.count() == 1) {
            return source.load(part.stored(), dtype);
        }
        try (Scope scope = Scope.open()) {
            Tensor whole = source.load(part.stored(), dtype);
            long rows = whole.dim(0) / part.count();
            return scope.keep(whole.slice(0, part.index() * rows, (part.index() + 1) * rows)
                    .contiguous());
        }
    }

    private Part part(String name) throws CheckpointException {
        Part part = parts.get(name);
        if (part == null) {
            throw new CheckpointException(source.file() + " has no tensor '" + name + "'");
        }
        return part;
    }
}
