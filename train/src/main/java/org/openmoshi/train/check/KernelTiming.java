package org.openmoshi.train.check;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleConsumer;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.InPlaceOp;
import org.openmoshi.tensor.Replay;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;

/**
 * The time of a kernel: the median over samples of several launches, each sample ended by reading a number back.
 *
 * @param milliseconds of one run
 */
record KernelTiming(KernelCase kernel, double milliseconds) {
    private static final int SAMPLES = 7;
    private static final double SAMPLE_NANOS = 50e6;
    private static final int MOST_RUNS = 200;

    /** Times kernels on a backend. */
    static List<KernelTiming> all(List<KernelCase> kernels, Backend backend, DoubleConsumer progress) {
        List<KernelTiming> timings = new ArrayList<>();
        for (KernelCase kernel : kernels) {
            timings.add(of(kernel, backend));
            progress.accept(timings.size() / (double) kernels.size());
        }
        return timings;
    }

    /** Time of a launch that does nothing much, in milliseconds: the overhead that every kernel pays. */
    static double launchMilliseconds(Backend backend) {
        return of(new KernelCase("empty", new InPlaceOp.Fill(0), List.<long[]>of(new long[] {1}), 0, 0), backend)
                .milliseconds;
    }

    /** The same when many of them are recorded and executed as one step. */
    static double recordedLaunchMilliseconds(Backend backend) {
        try (Scope _ = Scope.open()) {
            Tensor mark = Tensor.full(backend, DType.F32, 0, Shape.SCALAR);
            Runnable step = () -> {
                for (int i = 0; i < MOST_RUNS; i++) {
                    mark.fill_(0);
                }
            };
            try (Replay replay = backend.record(step)) {
                double[] samples = new double[SAMPLES];
                for (int i = 0; i < samples.length; i++) {
                    long start = System.nanoTime();
                    replay.run();
                    mark.item();
                    samples[i] = System.nanoTime() - start;
                }
                Arrays.sort(samples);
                return samples[SAMPLES / 2] / 1e6 / MOST_RUNS;
            }
        }
    }

    static KernelTiming of(KernelCase kernel, Backend backend) {
        try (Scope _ = Scope.open()) {
            Tensor[] inputs = kernel.inputs(backend);
            Tensor mark = Tensor.full(backend, DType.F32, 0, Shape.SCALAR);
            sample(kernel, inputs, mark, 1); // compiles
            double once = sample(kernel, inputs, mark, 1);
            int runs = (int) Math.clamp(SAMPLE_NANOS / once, 1, MOST_RUNS);
            double[] samples = new double[SAMPLES];
            for (int i = 0; i < samples.length; i++) {
                samples[i] = sample(kernel, inputs, mark, runs) / runs;
            }
            Arrays.sort(samples);
            return new KernelTiming(kernel, samples[SAMPLES / 2] / 1e6);
        }
    }

    private static double sample(KernelCase kernel, Tensor[] inputs, Tensor mark, int runs) {
        long start = System.nanoTime();
        for (int i = 0; i < runs; i++) {
            kernel.run(inputs);
        }
        mark.item(); // waits for all of them
        return System.nanoTime() - start;
    }

    /** Arithmetic reached, in 10^9 operations a second. */
    double gigaflops() {
        return kernel.gigaflops() / milliseconds * 1e3;
    }

    /** Compulsory traffic reached, in 10^9 bytes a second. */
    double gigabytes() {
        return kernel.megabytes() / milliseconds;
    }
}
