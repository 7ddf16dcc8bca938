package org.openmoshi.models.checkpoint;

/** A pickle that is damaged, or asks for more than tensors and plain containers. */
final class PickleException extends Exception {
    private static final long serialVersionUID = 1;

    PickleException(String message) {
        super(message);
    }
}
