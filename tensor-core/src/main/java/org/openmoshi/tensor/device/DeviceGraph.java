package org.openmoshi.tensor.device;

/** Launches that a device has collected and executes as one; see {@link Device#beginCapture}. */
public interface DeviceGraph extends AutoCloseable {
    /** Appends all of them to the queue, in their order. */
    void launch();

    @Override
    void close();
}
