package org.openmoshi.models.golden;

import java.io.IOException;
import java.nio.file.Path;

/** One kind of golden case: knows how to compute what the files of such a folder expect, and compares. */
public interface GoldenCase {
    /** The kind, which is how the folders of such cases are named: {@code mimi_codec}. */
    String kind();

    /**
     * Computes the case of a folder on the default backend and compares it with what is stored there.
     *
     * @throws IOException when a file is missing, cannot be read or has another form
     */
    GoldenResult run(Path folder) throws IOException;
}
