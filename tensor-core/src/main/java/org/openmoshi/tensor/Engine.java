package org.openmoshi.tensor;

import org.jspecify.annotations.Nullable;

/** Runs operations: infers the outputs, executes on the backend of the inputs, tells the recorder. */
public final class Engine {
    private static final ThreadLocal<@Nullable Recorder> RECORDER = new ThreadLocal<>();

    private Engine() {}

    /** Runs a compute or view operation with one output. */
    public static Tensor run(Op op, Tensor... inputs) {
        return runAll(op, inputs)[0];
    }

    /**
     * Runs a compute or view operation.
     *
     * @throws IllegalArgumentException when shapes, types or devices do not fit
     */
    public static Tensor[] runAll(Op op, Tensor... inputs) {
        Tensor[] outputs = switch (op) {
            case ViewOp view -> new Tensor[] {view.view(inputs[0])};
            case ComputeOp compute -> compute(compute, backend(op, inputs), inputs);
            case InPlaceOp inPlace ->
                throw new IllegalArgumentException(inPlace.label() + " has no result: use Engine.runInPlace");
        };
        Recorder recorder = RECORDER.get();
        if (recorder != null) {
            recorder.executed(op, inputs, outputs);
        }
        return outputs;
    }

    /** Runs an operation that creates from nothing, on the given backend. */
    public static Tensor create(Backend backend, ComputeOp op) {
        return compute(op, backend)[0];
    }

    /** Runs an in-place operation; its first inputs are overwritten. */
    public static void runInPlace(InPlaceOp op, Tensor... inputs) {
        Backend backend = backend(op, inputs);
        InferInPlace.check(op, inputs);
        Recorder recorder = RECORDER.get();
        for (int i = 0; i < op.written(inputs.length); i++) {
            if (recorder != null) {
                recorder.beforeWrite(op, inputs[i]);
            }
            inputs[i].storage().written();
        }
        backend.run(op, inputs, new Tensor[0]);
    }

    /** Sets this thread's recorder (null for none) and returns the one before. */
    public static @Nullable Recorder record(@Nullable Recorder recorder) {
        Recorder before = RECORDER.get();
        if (recorder == null) {
            RECORDER.remove();
        } else {
            RECORDER.set(recorder);
        }
        return before;
    }

    private static Tensor[] compute(ComputeOp op, Backend backend, Tensor... inputs) {
        Spec[] specs = Infer.outputs(op, inputs);
        Tensor[] outputs = new Tensor[specs.length];
        for (int i = 0; i < specs.length; i++) {
            outputs[i] = Tensor.allocate(backend, specs[i].dtype(), specs[i].shape());
        }
        try {
            backend.run(op, inputs, outputs);
        } catch (RuntimeException | Error e) {
            for (Tensor output : outputs) {
                output.close();
            }
            throw e;
        }
        return outputs;
    }

    private static Backend backend(Op op, Tensor... inputs) {
        Backend backend = inputs[0].backend();
        for (Tensor input : inputs) {
            if (input.backend() != backend) {
                throw new IllegalArgumentException(op.label() + ": one input is on " + backend.name() + ", another on "
                        + input.backend().name() + "; move one with to(backend)");
            }
        }
        return backend;
    }
}
