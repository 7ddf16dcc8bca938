package org.openmoshi.tensor;

/** Type and shape of an operation's output. */
public record Spec(DType dtype, Shape shape) {}
