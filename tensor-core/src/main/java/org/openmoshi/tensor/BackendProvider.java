package org.openmoshi.tensor;

/** Service interface by which backends are found. */
public interface BackendProvider {
    /** The device kind it serves: the part of the name before a colon. */
    String kind();

    /** Empty when available, otherwise one sentence that says what is missing. */
    String unavailableReason();

    /** Number of devices, 0 when unavailable. */
    int deviceCount();

    /** Opens a device; repeated calls give the same backend. */
    Backend open(int device);
}
