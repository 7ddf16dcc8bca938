package org.openmoshi.tensor;

/** Is told of every operation its thread executes; the autograd tape is one. Set with {@link Engine#record}. */
public interface Recorder {
    /** An operation has run. Both arrays may be kept. */
    void executed(Op op, Tensor[] inputs, Tensor[] outputs);

    /**
     * An in-place operation is about to change {@code target}.
     *
     * @throws IllegalStateException when that would invalidate a gradient
     */
    void beforeWrite(Op op, Tensor target);
}
