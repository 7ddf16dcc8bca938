package org.openmoshi.train.data;

import java.io.IOException;

/** A data set that cannot be used; the message says what is wrong and what to do. */
public final class DatasetException extends IOException {

    DatasetException(String message) {
        super(message);
    }

    DatasetException(String message, Throwable cause) {
        super(message, cause);
    }
}
