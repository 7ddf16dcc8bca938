package org.openmoshi.tensor;

/**
 * Every operation of the engine. An operation is a record of its attributes; its tensors are arguments of
 * {@link Engine#run}. The interface is sealed so that a backend's and the tape's {@code switch} over it is exhaustive: an
 * operation without a gradient rule does not compile.
 */
public sealed interface Op permits ViewOp, ComputeOp, InPlaceOp {
    /** The name that errors and listings use. */
    default String label() {
        return getClass().getSimpleName();
    }
}
