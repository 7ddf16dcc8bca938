package org.openmoshi.tensor.device;

/** Compiled kernels that a device has loaded. */
public interface Program {
    /** A kernel of the program. */
    interface Entry {}

    /**
     * An entry point by its name.
     *
     * @throws IllegalArgumentException when there is none of that name
     */
    Entry entry(String name);
}
