package org.openmoshi.tensor;

/** A step that {@link Backend#record} has recorded, to be executed many times. */
public interface Replay extends AutoCloseable {
    /** Executes the step again, on what its tensors hold now. */
    void run();

    /** Gives its memory back. */
    @Override
    void close();
}
