package org.openmoshi.benchmarks;

import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.openjdk.jmh.infra.Blackhole;
import org.openmoshi.autograd.Tape;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/** What the states of this project's side share. */
public abstract class OursState {
    /** Standard normal numbers, made once before anything is measured. */
    static Tensor normal(int... shape) {
        SplittableRandom random = new SplittableRandom(1);
        long[] dims = new long[shape.length];
        int size = 1;
        for (int i = 0; i < shape.length; i++) {
            dims[i] = shape[i];
            size = Math.multiplyExact(size, shape[i]);
        }
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Tensor.of(values, dims);
    }

    /** Runs a function without a tape and frees what it made. */
    static void forward(Blackhole blackhole, Supplier<Tensor> function) {
        try (Scope _ = Scope.open()) {
            blackhole.consume(function.get());
        }
    }

    /** Runs a function and takes the gradients of {@code leaves} for the gradient {@code g} of its result. */
    static void forwardBackward(Blackhole blackhole, Supplier<Tensor> function, Tensor g, Tensor... leaves) {
        try (Scope _ = Scope.open();
                Tape tape = Tape.open()) {
            for (Tensor leaf : leaves) {
                tape.watch(leaf);
            }
            Tensor y = function.get();
            tape.backward(new Tensor[] {y}, g);
            for (Tensor leaf : leaves) {
                blackhole.consume(tape.gradient(leaf));
            }
        }
    }
}
