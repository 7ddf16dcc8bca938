package org.openmoshi.train.data;

import java.nio.file.Path;

/**
 * One audio file of a data set.
 *
 * @param name path relative to the data set's root, with '/' as separator: identifies the clip wherever the data set
 *     lies
 * @param path where the file is now
 * @param duration seconds, at least {@link AudioDataset#MIN_DURATION}
 */
public record Clip(String name, Path path, double duration) {}
