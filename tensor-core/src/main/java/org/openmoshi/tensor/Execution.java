package org.openmoshi.tensor;

/** What a backend computed an operation with: {@link Backend#run} says it of each. */
public enum Execution {
    /** A kernel written for the backend: vectorised and in parallel, or on a device. */
    KERNEL,
    /** A library of the device's maker. */
    LIBRARY,
    /** The plain loops of the reference, in double precision on one thread. */
    LOOPS
}
