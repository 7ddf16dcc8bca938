package org.openmoshi.models.checkpoint;

import java.nio.file.Path;
import java.util.Map;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Tensor;

/** Tensors in safetensors files: what they are is known at once, each is read when it is asked for. */
public interface TensorFile extends TensorSource, AutoCloseable {
    /** The end of the names of files that list shards. */
    String INDEX_SUFFIX = ".safetensors.index.json";

    /**
     * Opens a safetensors file, or the index of one that was cut into shards ({@code *.safetensors.index.json}).
     *
     * @throws CheckpointException when it is missing, unreadable or not valid
     */
    static TensorFile open(Path file) throws CheckpointException {
        return file.toString().endsWith(INDEX_SUFFIX) ? ShardedSafetensors.open(file) : SafetensorsFile.open(file);
    }

    /** Free-form strings that are stored with the tensors. */
    Map<String, String> metadata();

    /** The stored type of a tensor. */
    DType dtype(String name) throws CheckpointException;

    /** A tensor as it is stored, on the default backend; it belongs to the current scope. */
    Tensor load(String name) throws CheckpointException;

    /** A tensor converted to a type, on the default backend; it belongs to the current scope. */
    @Override
    default Tensor load(String name, DType dtype) throws CheckpointException {
        Tensor stored = load(name);
        if (stored.dtype() == dtype) {
            return stored;
        }
        try (stored) {
            return stored.cast(dtype);
        }
    }

    /** Lets go of the file; tensors that were loaded stay. */
    @Override
    void close();
}
