package org.openmoshi.models.checkpoint;

import java.nio.file.Path;
import java.util.Set;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;

/** Tensors by name that a model can be loaded from, whatever the form of the file. */
public interface TensorSource {
    /** The file or folder, for messages. */
    Path file();

    /** Names of all tensors. */
    Set<String> names();

    /** True when there is a tensor of this name. */
    boolean contains(String name);

    /** The shape of a tensor. */
    Shape shape(String name) throws CheckpointException;

    /** A tensor converted to a type, on the default backend. */
    Tensor load(String name, DType dtype) throws CheckpointException;
}
