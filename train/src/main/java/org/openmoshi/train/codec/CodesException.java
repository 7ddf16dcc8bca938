package org.openmoshi.train.codec;

import java.io.IOException;

/** Codes that cannot be read or decoded: says which file, what is wrong with it, and what to do. */
public final class CodesException extends IOException {
    /** A problem that no other exception caused. */
    public CodesException(String message) {
        super(message);
    }

    /** A problem with its cause. */
    public CodesException(String message, Throwable cause) {
        super(message, cause);
    }
}
