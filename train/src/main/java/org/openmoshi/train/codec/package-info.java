/**
 * The codec at work on files: {@link org.openmoshi.train.codec.CodecFile} finds and loads it, {@link
 * org.openmoshi.train.codec.CodesFile} holds what it made of a recording, {@link org.openmoshi.train.codec.ContainerReader} and
 * {@link org.openmoshi.train.codec.ContainerWriter} take it through a {@code .mimi} container.
 */
@NullMarked
package org.openmoshi.train.codec;

import org.jspecify.annotations.NullMarked;
