package org.openmoshi.models.mimi;

import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.openmoshi.models.checkpoint.CheckpointException;
import org.openmoshi.models.checkpoint.TensorSource;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;

/** A codec's file of another layout, read as if it had the model's own names. */
final class TranslatedSource implements TensorSource {
    private final TensorSource file;
    private final Map<String, List<String>> table;
    private final int numHeads;
    private final Set<String> names = new LinkedHashSet<>();

    /**
     * A view of a file, which it does not own.
     *
     * @param ownNames what the model calls its tensors
     * @param numHeads of its attention
     */
    TranslatedSource(TensorSource file, MimiLayout layout, Set<String> ownNames, int numHeads) {
        this.file = file;
        this.table = layout.names().of(ownNames);
        this.numHeads = numHeads;
        Set<String> unexpected = new LinkedHashSet<>(file.names());
        table.forEach((own, parts) -> {
            if (file.names().containsAll(parts)) {
                names.add(own);
                parts.forEach(unexpected::remove);
            }
        });
        names.addAll(unexpected); // for the model to complain about
    }

    private List<String> parts(String name) {
        return table.getOrDefault(name, List.of(name));
    }

    @Override
    public Path file() {
        return file.file();
    }

    @Override
    public Set<String> names() {
        return names;
    }

    @Override
    public boolean contains(String name) {
        return names.contains(name);
    }

    /** Pieces, which are alike, lie one after the other along the first axis. */
    @Override
    public Shape shape(String name) throws CheckpointException {
        List<String> parts = parts(name);
        Shape first = file.shape(parts.getFirst());
        for (String part : parts) {
            if (!file.shape(part).equals(first) || (parts.size() > 1 && first.rank() != 2)) {
                throw new CheckpointException(file() + ": " + part + " of " + file.shape(part) + " does not go with "
                        + parts.getFirst() + " of " + first + "; fetch or save the file again");
            }
        }
        long[] dims = first.toArray();
        if (parts.size() > 1) {
            dims[0] *= parts.size();
        }
        return Shape.of(dims);
    }

    @Override
    public Tensor load(String name, DType dtype) throws CheckpointException {
        List<String> parts = parts(name);
        if (parts.size() == 1) {
            return file.load(parts.getFirst(), dtype);
        }
        try (Scope scope = Scope.open()) {
            Tensor[] loaded = new Tensor[parts.size()];
            for (int i = 0; i < loaded.length; i++) {
                Tensor part = file.load(parts.get(i), dtype);
                boolean turned = i < loaded.length - 1; // queries and keys, not values
                loaded[i] = turned ? RotaryOrder.toPairs(part, numHeads) : part;
            }
            return scope.keep(Tensor.concat(0, loaded));
        }
    }
}
