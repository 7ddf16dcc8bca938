package org.openmoshi.benchmarks;

import ai.djl.ndarray.NDList;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;
import org.openmoshi.benchmarks.pytorch.TorchScript;

/** What the states of PyTorch's side share. */
public abstract class PyTorchState {
    /** The compiled functions; set up by the family. */
    @SuppressWarnings("NullAway.Init")
    TorchScript torch;

    /** Frees everything that belongs to the functions. */
    @TearDown
    public void close() {
        torch.close();
    }

    /** Calls without recording. */
    void infer(Blackhole blackhole, NDList call) {
        try (NDList result = torch.infer(call)) {
            blackhole.consume(result);
        }
    }

    /** Calls a function that takes gradients. */
    void train(Blackhole blackhole, NDList call) {
        try (NDList result = torch.train(call)) {
            blackhole.consume(result);
        }
    }
}
