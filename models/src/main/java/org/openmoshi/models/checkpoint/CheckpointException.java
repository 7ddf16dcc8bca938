package org.openmoshi.models.checkpoint;

import java.io.IOException;
import java.nio.file.Path;

/** A checkpoint cannot be read, written or used: says which file, which tensor, and what to do. */
public final class CheckpointException extends IOException {
    /** A problem that no other exception caused. */
    public CheckpointException(String message) {
        super(message);
    }

    /** A problem with its cause. */
    public CheckpointException(String message, Throwable cause) {
        super(message, cause);
    }

    /** A file whose content is not valid. */
    static CheckpointException invalid(Path file, String what) {
        return new CheckpointException(
                file + ": " + what + "; the file is damaged or no safetensors file, fetch or save it again");
    }
}
